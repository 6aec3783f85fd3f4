// Bundle all views into one ES module and one style sheet beside it.
import { build } from "esbuild";
import { fileURLToPath } from "node:url";

const widgets = new URL("../tcbf_widgets/widgets/", import.meta.url);

await build({
  entryPoints: { views: fileURLToPath(new URL("index.js", widgets)) },
  outdir: fileURLToPath(new URL("dist/", widgets)),
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
});
