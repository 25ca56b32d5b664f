// Rules of static/js that hold for every module.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SCRIPTS = join(ROOT, "static/js");
const LAYERS = [["pages"], ["deck", "grid"], ["card"], ["clip", "saving"], ["shared"]];
const IMPORT = /^(?:import|export)\b[^"';]*?(?:\bfrom\s*)?"(\.[^"]+)";/gms;

const filesBelow = (folder, suffix) =>
  readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith(suffix))
    .map((name) => join(folder, name));

const scripts = filesBelow(SCRIPTS, ".js").map((path) => ({
  name: relative(SCRIPTS, path),
  folder: relative(SCRIPTS, path).split("/")[0],
  text: readFileSync(path, "utf8"),
}));

const importsOf = ({ name, text }) =>
  [...text.matchAll(IMPORT)].map(([, path]) => normalize(join(dirname(name), path)));
const layerOf = (folder) => LAYERS.findIndex((folders) => folders.includes(folder));
const matching = (pattern) => scripts.filter(({ text }) => pattern.test(text)).map(({ name }) => name);

test("every module lies in a folder that has a layer", () => {
  assert.deepEqual(
    scripts.filter(({ folder }) => layerOf(folder) < 0).map(({ name }) => name),
    [],
  );
});

test("folders import downwards only", () => {
  const upwards = scripts.flatMap((script) =>
    importsOf(script)
      .filter((path) => {
        const folder = path.split("/")[0];
        return folder !== script.folder && layerOf(folder) <= layerOf(script.folder);
      })
      .map((path) => `${script.name} imports ${path}`),
  );
  assert.deepEqual(upwards, []);
});

test("every import names a module, and no modules import each other in a circle", () => {
  const imports = new Map(scripts.map((script) => [script.name, importsOf(script)]));
  const visit = (name, path) => {
    assert.ok(imports.has(name), `${path.at(-1)} imports ${name}, which does not exist`);
    assert.ok(!path.includes(name), `circle: ${[...path, name].join(" → ")}`);
    for (const imported of imports.get(name)) visit(imported, [...path, name]);
  };
  for (const name of imports.keys()) visit(name, []);
});

test("every module is loaded by a template or imported", () => {
  const imported = new Set(scripts.flatMap(importsOf));
  const unused = scripts.filter(({ name, folder }) => folder !== "pages" && !imported.has(name));
  assert.deepEqual(
    unused.map(({ name }) => name),
    [],
  );
});

test("templates load the modules of pages/, all of them, and no others", () => {
  const loaded = filesBelow(join(ROOT, "templates"), ".html").flatMap((path) =>
    [...readFileSync(path, "utf8").matchAll(/['"]js\/([^'"]+)['"]/g)].map(([, name]) => name),
  );
  const pages = scripts.filter(({ folder }) => folder === "pages").map(({ name }) => name);
  assert.deepEqual([...new Set(loaded)].sort(), pages.sort());
});

test("only http.js sends requests", () => {
  assert.deepEqual(matching(/\bfetch\(|XMLHttpRequest|sendBeacon/), ["shared/http.js"]);
});

test("only events.js makes custom events", () => {
  assert.deepEqual(matching(/new CustomEvent/), ["shared/events.js"]);
});

test("no line is longer than 120 characters", () => {
  const long = scripts.flatMap(({ name, text }) =>
    text.split("\n").flatMap((line, index) => (line.length > 120 ? [`${name}:${index + 1}`] : [])),
  );
  assert.deepEqual(long, []);
});
