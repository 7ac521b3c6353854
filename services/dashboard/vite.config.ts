import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// `npm run dev` shows the pages of this folder on the data of a running api.
const api = "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react(), tailwindcss()],
  build: {
    outDir: "../api/src/testmesh_api/static",
    emptyOutDir: true,
    manifest: true,
    // The policy allows no inline data but images.
    assetsInlineLimit: 0,
  },
  server: { proxy: { "/api": { target: api, ws: true }, "/docs": api, "/openapi.json": api } },
  test: { environment: "jsdom", include: ["src/**/*.test.{ts,tsx}"], restoreMocks: true },
});
