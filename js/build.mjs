// Bundles src/index.ts into one ES module inside the Python package: what anywidget loads as `_esm`.
// The file appears whole or not at all, so a kernel that starts meanwhile never reads half of it.
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const target = here("../sse_notebook/widget/static/widget.js");

const { outputFiles } = await build({
  entryPoints: [here("src/index.ts")],
  bundle: true,
  format: "esm",
  target: "es2022",
  loader: { ".css": "text" },
  minify: true,
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
  write: false,
});
const [bundle] = outputFiles;

await mkdir(dirname(target), { recursive: true });
const unfinished = `${target}.${process.pid}.tmp`;
try {
  await writeFile(unfinished, bundle.contents);
  await rename(unfinished, target);
} finally {
  await rm(unfinished, { force: true });
}
const kB = (bytes) => (bytes / 1000).toFixed(1);
process.stdout.write(
  `widget.js: ${kB(bundle.contents.length)} kB, ${kB(gzipSync(bundle.contents).length)} kB gzipped\n`,
);
