import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SourceTree, valueAt, withValueAt } from '#src/yaml/source-tree.js';

function branch(value: unknown, where: string): SourceTree {
  const tree = new SourceTree(value, where);
  tree.setOrigin([], { where, keyWhere: where });
  return tree;
}

test('a branch is put over what was there, under its own name', () => {
  const tree = branch({ a: { b: 1, c: 2 } }, 'file');
  tree.setOrigin(['a', 'b'], { where: 'file:1:1', keyWhere: 'file:1:1' });
  assert.equal(tree.put(['a', 'b'], branch(5, '--set')), true);
  assert.deepEqual(tree.root, { a: { b: 5, c: 2 } });
  assert.equal(tree.whereOf(['a', 'b']), '--set');
  assert.equal(tree.whereOf(['a', 'c']), 'file');
});

test('maps and lists on the way are made, and belong to who asked for them', () => {
  const tree = branch({}, 'file');
  assert.equal(tree.put(['messages', 0, 'size'], branch(4096, '--set')), true);
  assert.deepEqual(tree.root, { messages: [{ size: 4096 }] });
  assert.equal(tree.whereOf(['messages', 0, 'weight']), '--set');
});

test('a position in a list may be written as a word', () => {
  const tree = branch({ messages: [{ size: 1 }, { size: 2 }] }, 'file');
  assert.equal(tree.put(['messages', '1', 'size'], branch(3, '--set')), true);
  assert.deepEqual(tree.root, { messages: [{ size: 1 }, { size: 3 }] });
  assert.equal(tree.whereOf(['messages', 1, 'size']), '--set');
});

test('a scalar in the way, a position past the end and a word into a list are refused', () => {
  const tree = branch({ to: 'a@b', list: [1] }, 'file');
  assert.equal(tree.put(['to', 'users'], branch(1, '--set')), false);
  assert.equal(tree.put(['list', 2], branch(1, '--set')), false);
  assert.equal(tree.put(['list', 'x'], branch(1, '--set')), false);
  assert.deepEqual(tree.root, { to: 'a@b', list: [1] });
});

test('putting a branch forgets the places of what it replaces', () => {
  const tree = branch({ a: { b: { c: 1 } } }, 'file');
  tree.setOrigin(['a', 'b', 'c'], { where: 'file:3:3', keyWhere: 'file:3:3' });
  tree.setOrigin(['a', 'bb'], { where: 'file:4:4', keyWhere: 'file:4:4' });
  tree.put(['a', 'b'], branch({ c: 2 }, '--set'));
  assert.equal(tree.whereOf(['a', 'b', 'c']), '--set');
  assert.equal(tree.whereOf(['a', 'bb']), 'file:4:4');
});

test('values are found through own keys only', () => {
  assert.equal(valueAt({ a: [{ b: 1 }] }, ['a', 0, 'b']), 1);
  assert.equal(valueAt({}, ['constructor']), undefined);
  assert.equal(valueAt([], ['length']), undefined);
});

test('changing a value leaves the original as it was', () => {
  const root = { a: { b: 1 }, list: [1, 2] };
  assert.deepEqual(withValueAt(root, ['a', 'b'], undefined), { a: {}, list: [1, 2] });
  assert.deepEqual(withValueAt(root, ['list', 0], undefined), { a: { b: 1 }, list: [2] });
  assert.deepEqual(root, { a: { b: 1 }, list: [1, 2] });
});

test('a part of a tree is a tree of its own, whose values stand where they stood', () => {
  const tree = branch({ a: { b: { c: 1 } }, ab: 2 }, 'file');
  tree.setOrigin(['a'], { where: 'file:1:4', keyWhere: 'file:1:1' });
  tree.setOrigin(['a', 'b', 'c'], { where: 'file:2:9', keyWhere: 'file:2:7' });
  const part = tree.at(['a', 'b']);
  assert.deepEqual(part.root, { c: 1 });
  assert.equal(part.whereOf(['c']), 'file:2:9');
  assert.equal(part.whereOf([]), 'file:1:1');
});

test('a copy may be changed without the tree that it was made of', () => {
  const tree = branch({ a: { b: 1 } }, 'file');
  const copy = tree.copy();
  copy.put(['a', 'b'], branch(2, '--set'));
  copy.remove(['a', 'c']);
  assert.deepEqual([tree.root, copy.root], [{ a: { b: 1 } }, { a: { b: 2 } }]);
  assert.deepEqual([tree.whereOf(['a', 'b']), copy.whereOf(['a', 'b'])], ['file', '--set']);
});
