// Three builds, one for each folder of pages: `vite build --mode shop|register|look` (scripts/build_pages.py).
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import tailwind from "@tailwindcss/vite";
import { defineConfig, type Plugin } from "vite";
import { VitePWA } from "vite-plugin-pwa";

const SRC = fileURLToPath(new URL("./src/highstreet/", import.meta.url));

interface Target {
  root: string;
  base: string;
  input: string[];
  plugins: () => unknown[];
}

const TARGETS: Record<string, Target> = {
  look: { root: "look/app", base: "/look/static/", input: ["pages.ts"], plugins: () => [] },
  register: { root: "fronts/register/app", base: "/register/static/", input: ["index.html"], plugins: cashier },
  shop: { root: "fronts/shop/app", base: "/shop/static/", input: ["index.html"], plugins: shopper },
};

/** The shopper's page can be installed and opens without a network. */
function shopper(): unknown[] {
  return [
    VitePWA({
      scope: "/shop/",
      registerType: "autoUpdate",
      injectRegister: null,
      manifest: {
        id: "/shop/",
        name: "Highstreet",
        short_name: "Highstreet",
        description: "What is near, open and in stock; your cards, coupons and receipts. 附近门店、会员卡、优惠券与小票。",
        start_url: "/shop/",
        scope: "/shop/",
        display: "standalone",
        background_color: "#f6f3ee",
        theme_color: "#0f766e",
        categories: ["shopping", "navigation"],
        icons: [
          { src: "/look/static/app.svg", sizes: "any", type: "image/svg+xml", purpose: "any" },
          { src: "/look/static/app-192.png", sizes: "192x192", type: "image/png", purpose: "any" },
          { src: "/look/static/app-512.png", sizes: "512x512", type: "image/png", purpose: "any" },
          { src: "/look/static/app-maskable.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
        ],
        shortcuts: [
          { name: "Wallet · 卡包", short_name: "Wallet", url: "/shop/wallet" },
          { name: "Scan · 扫码", short_name: "Scan", url: "/shop/scan" },
        ],
      },
      workbox: {
        globPatterns: ["**/*.{js,css,html,svg,webmanifest}"],
        // Drawn by the server; what pages show when nothing else can be had. A new drawing: another revision.
        additionalManifestEntries: ["offline", "broken", "empty", "coupon", "bag", "map", "search"].map((scene) => ({
          url: `/look/pictures/scenes/${scene}.svg`,
          revision: "1",
        })),
        inlineWorkboxRuntime: true,
        navigateFallback: "/shop/static/index.html",
        navigateFallbackAllowlist: [/^\/shop(\/(?!v1\/|static\/)|$)/],
        cleanupOutdatedCaches: true,
        // Nothing of /shop/v1 is kept but the map, which is the same for everybody: one's own things lie in IndexedDB.
        runtimeCaching: [
          {
            urlPattern: /\/(look\/pictures|shop\/v1\/map)\//,
            handler: "StaleWhileRevalidate",
            options: { cacheName: "pictures", expiration: { maxEntries: 400 } },
          },
          {
            urlPattern: /\/shop\/static\/.*\.wasm$/,
            handler: "CacheFirst",
            options: { cacheName: "scanner", expiration: { maxEntries: 2 } },
          },
        ],
      },
    }),
  ];
}

/** The register's page opens without a network; what it sells then lies in IndexedDB (app/offline). */
function cashier(): unknown[] {
  return [
    VitePWA({
      scope: "/register/",
      registerType: "autoUpdate",
      injectRegister: null,
      manifest: false,
      workbox: {
        globPatterns: ["**/*.{js,css,html,svg}"],
        additionalManifestEntries: ["static/app", ...["bag", "broken", "empty", "offline"].map((scene) => `pictures/scenes/${scene}`)].map((name) => ({ url: `/look/${name}.svg`, revision: "1" })),
        inlineWorkboxRuntime: true,
        navigateFallback: "/register/static/index.html",
        navigateFallbackAllowlist: [/^\/register\/?$/],
        cleanupOutdatedCaches: true,
      },
    }),
  ];
}

/** Beside each text file its .br and .gz, so that the server compresses nothing. */
function packed(folder: string): Plugin {
  return {
    name: "highstreet-packed",
    apply: "build",
    enforce: "post",
    closeBundle: {
      order: "post",
      sequential: true,
      handler() {
        if (this.meta.watchMode) return;
        for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
          if (!/\.(js|mjs|css|html|svg|json|wasm|webmanifest)$/.test(name)) continue;
          const content = readFileSync(join(folder, name));
          if (content.length < 1000) continue;
          const hint = { [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
          writeFileSync(join(folder, `${name}.br`), brotliCompressSync(content, { params: hint }));
          writeFileSync(join(folder, `${name}.gz`), gzipSync(content, { level: 9 }));
        }
      },
    },
  };
}

export default defineConfig(({ mode }) => {
  const target = TARGETS[mode];
  if (!target) throw new Error(`vite build --mode ${Object.keys(TARGETS).join("|")}`);
  const root = join(SRC, target.root);
  const out = join(root, "../static");
  return {
    root,
    base: target.base,
    publicDir: "public",
    resolve: { alias: { "@look": join(SRC, "look/app") } },
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    plugins: [tailwind(), ...(target.plugins() as Plugin[]), packed(out)],
    build: {
      outDir: out,
      emptyOutDir: true,
      manifest: "manifest.json",
      target: "es2022",
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 1500,
      reportCompressedSize: false,
      rollupOptions: {
        input: target.input.map((name) => join(root, name)),
        output: {
          entryFileNames: "[name]-[hash].js",
          chunkFileNames: "[name]-[hash].js",
          assetFileNames: "[name]-[hash][extname]",
        },
      },
    },
  };
});
