#!/usr/bin/env node
// Given mongosh's arguments, runs the bundled shell with the code cache that was made at build time: a health command
// then starts in a third of the time and processor use (0.3 s instead of 0.9 s), and probes run all day long.
'use strict';
const fs = require('fs');
const path = require('path');
const vm = require('vm');

const file = path.join(__dirname, 'bundle.js');
const cache = path.join(__dirname, 'bundle.cache');
// The bundle is pure ASCII (an option of the bundler), so that V8 keeps it in one byte per character.
const source = `(function (exports, require, module, __filename, __dirname) {${fs.readFileSync(file, 'latin1')}\n})`;
// V8 rejects a cache of another version by itself and compiles as usual.
const cachedData = fs.existsSync(cache) ? fs.readFileSync(cache) : undefined;
const script = new vm.Script(source, { filename: file, cachedData });
if (process.env.STACKCTL_MAKE_CACHE) {
  process.on('exit', () => fs.writeFileSync(cache, script.createCachedData()));
}
script.runInThisContext()(exports, require, module, file, __dirname);
