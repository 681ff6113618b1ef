// Runs one script of std.javascript: `function f() { SCRIPT } f()` with `$` = the context, as Mistral does. Reads the
// question from standard input, writes {"result"} or {"error"}. Started by foehn in a confined process.
'use strict';
const fs = require('fs');
const vm = require('vm');
const input = JSON.parse(fs.readFileSync(0, 'utf8')).input;
let answer;
try {
  const scope = vm.createContext({ $: input.context === undefined ? null : input.context });
  const value = vm.runInContext('(function f() {' + input.script + '\n})()', scope, { filename: 'script' });
  const text = JSON.stringify(value === undefined ? null : value);
  answer = '{"result": ' + (text === undefined ? 'null' : text) + '}';
} catch (error) {
  answer = JSON.stringify({ error: 'JavaScriptAction failed: ' + String(error) });
}
fs.writeSync(1, answer);
