// Bundles js/src into ES modules inside the Python package: widget.js, what anywidget loads as `_esm` of every widget,
// feed.js and timeline.js, which the kernel sends when they are opened, replay.js, a replay's own, and dashboard.js.
// A file appears whole or not at all, so a kernel that starts meanwhile never reads half of it; widget.js comes last:
// where it is, all are.
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, transform } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const target = here("../sse_notebook/widget/static/");

/** A style sheet is imported as its text, without what only readers need. */
const tightCss = {
  name: "tight-css",
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const css = await transform(await readFile(path, "utf8"), {
        loader: "css",
        minify: true,
        target: "es2022",
      });
      // esbuild leaves custom properties and what a container is asked as they are
      return { contents: css.code.replaceAll(": ", ":"), loader: "text" };
    });
  },
};

const bundle = async (source, name) => {
  const { outputFiles } = await build({
    entryPoints: [here(source)],
    bundle: true,
    format: "esm",
    target: "es2022",
    plugins: [tightCss],
    minify: true,
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
    write: false,
  });
  return { name, contents: outputFiles[0].contents };
};

await mkdir(target, { recursive: true });
const kB = (bytes) => (bytes / 1000).toFixed(1);
for (const { name, contents } of [
  await bundle("src/feed/index.ts", "feed.js"),
  await bundle("src/timeline/index.ts", "timeline.js"),
  await bundle("src/replay/index.ts", "replay.js"),
  await bundle("src/dashboard/index.ts", "dashboard.js"),
  await bundle("src/index.ts", "widget.js"),
]) {
  const unfinished = `${target}${name}.${process.pid}.tmp`;
  try {
    await writeFile(unfinished, contents);
    await rename(unfinished, `${target}${name}`);
  } finally {
    await rm(unfinished, { force: true });
  }
  process.stdout.write(`${name}: ${kB(contents.length)} kB, ${kB(gzipSync(contents).length)} kB gzipped\n`);
}
