import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { contentSecurityPolicy, responseHeaders } from "./build/content-security-policy.ts";

export default defineConfig({
  plugins: [react(), contentSecurityPolicy()],
  // The mesh finds its WebAssembly beside its own module; bundled in advance by the development server it would look in the wrong folder.
  optimizeDeps: { exclude: ["hkm-mesh"] },
  build: { target: "es2023", chunkSizeWarningLimit: 700 },
  appType: "mpa", // views live behind the "#", so a missing file is a plain 404
  server: { port: 5173, strictPort: true, host: "localhost" },
  preview: { port: 5173, strictPort: true, host: "localhost", headers: responseHeaders },
});
