import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { placesOf } from '#src/code/function-place.js';
import { importModule } from '#src/code/import-module.js';
import { codeFolder } from './code-files.js';

type AnyFunction = (...args: never[]) => unknown;

test('functions of every kind are found where they are written', async (t) => {
  const folder = await codeFolder(t, {
    's.ts': `interface A { b: number }
export const arrow = (a: A): number => a.b;
  export async function named(): Promise<void> {}
export const { method } = {
  method(): void {},
};`,
  });
  const { arrow, named, method } = await importModule(`${folder}/s.ts`);
  const places = placesOf([arrow, named, method] as AnyFunction[]);
  assert.deepEqual(
    places.map((place) => place && [place.path, place.line]),
    [2, 3, 5].map((line) => [`${folder}/s.ts`, line]),
  );
});

test('a function that V8 made has no place, and asking leaves nothing behind', () => {
  const before = Object.getOwnPropertySymbols(globalThis).length;
  const [bound, own] = placesOf([Math.max, function here() {}]);
  assert.equal(bound, null);
  assert.equal(own?.path, fileURLToPath(import.meta.url));
  assert.equal(Object.getOwnPropertySymbols(globalThis).length, before);
  assert.deepEqual(placesOf([]), []);
});
