import preact from "@preact/preset-vite";
import { readFileSync } from "node:fs";
import { type Plugin, defineConfig } from "vite";
import { dependencies } from "./package.json";

/** The licences of what is built in go with it. */
const licences: Plugin = {
  name: "licences",
  generateBundle() {
    const texts = Object.keys(dependencies).map((name) => `${name}\n\n${readFileSync(`node_modules/${name}/LICENSE`, "utf8")}`);
    this.emitFile({ type: "asset", fileName: "licences.txt", source: texts.join("\n\n") });
  },
};

// Relative addresses, so that the page works below any path; nothing inline, so that its policy needs no exception.
export default defineConfig({
  base: "./",
  plugins: [preact({ devToolsEnabled: false }), licences],
  build: {
    outDir: "../serve_app/page",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
  },
});
