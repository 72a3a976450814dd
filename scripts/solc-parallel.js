// One standard JSON request to npm's solc, its code generation split over worker threads. Parsing and type checking are
// a small part of the work; each worker repeats them on all sources, so that every contract's code is what a single run
// gives, and generates code for its share of the files.
"use strict";
const fs = require("fs");
const os = require("os");
const path = require("path");
const { Worker, isMainThread, parentPort, workerData } = require("worker_threads");

const MAX_WORKERS = 4; // each holds a few hundred megabytes
const IMPORT = /^\s*import\s+(?:[^"';]*?\sfrom\s+)?["']([^"']+)["']/gm;
const DEPLOYABLE = /^\s*contract\s+\w/m;

function loadCompiler(root) {
  const handlers = process.listeners("uncaughtException");
  const compiler = require(path.join(root, "node_modules", "solc"));
  process.removeAllListeners("uncaughtException"); // Emscripten installs one that hides the message
  handlers.forEach((handler) => process.on("uncaughtException", handler));
  return compiler;
}

// The text of a source unit on disk, or null; `reads` collects the files that were looked for.
function readUnit(name, { basePath, includePaths }, reads) {
  for (const base of [basePath, ...includePaths]) {
    const file = path.resolve(base, name);
    reads.add(file);
    if (fs.existsSync(file)) return fs.readFileSync(file, "utf8");
  }
  return null;
}

function compileOnce(request, options) {
  const reads = new Set();
  const callback = (name) => {
    const contents = readUnit(name, options, reads);
    return contents === null ? { error: `File not found: ${name}` } : { contents };
  };
  const output = JSON.parse(loadCompiler(options.root).compile(JSON.stringify(request), { import: callback }));
  return { output, reads: [...reads] };
}

// Every source unit of the request and what it imports: name -> { text, imports }.
function sourceUnits(request, options) {
  const remappings = (request.settings.remappings ?? []).map((line) => line.split("="));
  const resolve = (from, target) => {
    if (target.startsWith(".")) return path.posix.normalize(path.posix.join(path.posix.dirname(from), target));
    const [prefix, place] = remappings
      .filter(([each]) => target.startsWith(each))
      .reduce((best, each) => (each[0].length > best[0].length ? each : best), ["", ""]);
    return place + target.slice(prefix.length);
  };
  const units = {};
  const waiting = Object.keys(request.sources);
  while (waiting.length) {
    const name = waiting.pop();
    if (units[name]) continue;
    const text = request.sources[name]?.content ?? readUnit(name, options, new Set());
    if (text === null) continue;
    units[name] = { text, imports: [...text.matchAll(IMPORT)].map((match) => resolve(name, match[1])) };
    waiting.push(...units[name].imports);
  }
  return units;
}

// What the request wants of one unit: contract ("" for the unit itself) -> outputs.
function wantedOf(name, selection) {
  const wanted = {};
  for (const part of [selection["*"], selection[name]]) {
    for (const [contract, outputs] of Object.entries(part ?? {})) {
      wanted[contract] = [...new Set([...(wanted[contract] ?? []), ...outputs])];
    }
  }
  return wanted;
}

// Splits the units into bins of about equal work. The code of a contract takes as long as all that it imports is large.
function share(units, selection, count) {
  const closure = (name, seen) => {
    if (!units[name] || seen.has(name)) return seen;
    seen.add(name);
    units[name].imports.forEach((each) => closure(each, seen));
    return seen;
  };
  const generatesCode = (name) =>
    DEPLOYABLE.test(units[name].text) &&
    Object.values(wantedOf(name, selection)).flat().some((output) => /^(\*|evm|ir)/.test(output));
  const work = (name) => [...closure(name, new Set())].reduce((sum, each) => sum + units[each].text.length, 0);
  const weighted = Object.keys(units)
    .map((name) => ({ name, weight: generatesCode(name) ? work(name) : 0 }))
    .sort((a, b) => b.weight - a.weight);
  const bins = Array.from({ length: count }, () => ({ names: [], weight: 0 }));
  for (const { name, weight } of weighted) {
    const bin = weight ? bins.reduce((least, each) => (each.weight < least.weight ? each : least)) : bins[0];
    bin.names.push(name);
    bin.weight += weight;
  }
  return bins.filter((bin) => bin.names.length).map((bin) => bin.names);
}

function inWorker(request, options) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(__filename, { workerData: { request, options } });
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

function merge(results) {
  const [first, ...others] = results.map((result) => result.output);
  const errors = new Map();
  for (const output of [first, ...others]) {
    (output.errors ?? []).forEach((error) => errors.set(error.formattedMessage ?? error.message, error));
    for (const [name, contracts] of Object.entries(output.contracts ?? {})) {
      first.contracts ??= {};
      first.contracts[name] = { ...first.contracts[name], ...contracts };
    }
    for (const [name, unit] of Object.entries(output.sources ?? {})) {
      first.sources[name] = { ...first.sources[name], ...unit };
    }
  }
  if (errors.size) first.errors = [...errors.values()];
  return first;
}

// Output and the files that were read. `options`: root of the project, basePath, includePaths.
async function compile(request, options) {
  const selection = request.settings.outputSelection ?? {};
  const units = sourceUnits(request, options);
  const bins = share(units, selection, Math.min(os.availableParallelism(), MAX_WORKERS));
  if (bins.length < 2) return compileOnce(request, options);
  const results = await Promise.all(
    bins.map((names) => {
      const part = Object.fromEntries(names.map((name) => [name, wantedOf(name, selection)]));
      return inWorker({ ...request, settings: { ...request.settings, outputSelection: part } }, options);
    }),
  );
  const output = merge(results);
  const missed = Object.keys(output.sources ?? {}).some((name) => !units[name]);
  return missed ? compileOnce(request, options) : { output, reads: results[0].reads };
}

if (isMainThread) module.exports = { compile, loadCompiler };
else parentPort.postMessage(compileOnce(workerData.request, workerData.options));
