// Bundle the views, each beside its Python class, and their style sheet: node tools/bundle.mjs <folder>
//
//   live/<view>.js   one module that imports nothing: what a live Jupyter asks for
//   page/<view>.js   the same view as a module that imports ./chunk-<hash>.js, what it shares with other views:
//                    a page of the book loads each piece once, and only those that its figures need
//   views.css        one style sheet for all
import { build } from "esbuild";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const widgets = fileURLToPath(new URL("../tcbf_widgets/widgets/", import.meta.url));
const folder = process.argv[2];
const NOT_VIEWS = ["static_runtime.js"];
const views = readdirSync(widgets).filter((file) => file.endsWith(".js") && !NOT_VIEWS.includes(file));

// the entry of a view: what its file exports, made into a widget
const entry = {
  name: "entry",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^view:/ }, ({ path }) => ({ path: path.slice(5), namespace: "view" }));
    onLoad({ filter: /.*/, namespace: "view" }, ({ path }) => ({
      contents: `import * as view from "./${path}"; import { widgetOf } from "./shared/view.js"; export default widgetOf(view);`,
      resolveDir: widgets,
    }));
  },
};

const entryPoints = Object.fromEntries(views.map((file) => [file.replace(/\.js$/, ""), `view:${file}`]));
const settings = {
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
};
const scripts = { ...settings, entryPoints, plugins: [entry] };

await Promise.all([
  build({ ...scripts, outdir: `${folder}/live` }),
  build({ ...scripts, outdir: `${folder}/page`, splitting: true, chunkNames: "chunk-[hash]" }),
  build({ ...settings, entryPoints: [`${widgets}shared/views.css`], outdir: folder }),
]);
