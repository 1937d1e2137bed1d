import preact from "@preact/preset-vite";
import { defineConfig } from "vite";

// Relative addresses, so that the page works below any path; nothing inline, so that its policy needs no exception.
export default defineConfig({
  base: "./",
  plugins: [preact({ devToolsEnabled: false })],
  build: {
    outDir: "../serve_app/page",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
  },
});
