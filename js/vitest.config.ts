import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [
    {
      // The same meaning as esbuild's `text` loader: importing a style sheet gives its text.
      name: "css-as-text",
      enforce: "pre",
      async resolveId(source, importer) {
        if (!source.endsWith(".css")) {
          return null;
        }
        const found = await this.resolve(source, importer, { skipSelf: true });
        return found && `${found.id}?raw`;
      },
    },
  ],
  test: {
    environment: "happy-dom",
    css: true, // otherwise vitest hands out every style sheet as empty text
    include: ["test/**/*.test.ts"],
    restoreMocks: true,
    unstubGlobals: true,
  },
});
