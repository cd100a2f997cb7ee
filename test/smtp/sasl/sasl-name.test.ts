import assert from 'node:assert/strict';
import { test } from 'node:test';
import { saslName, saslPrep } from '#src/smtp/sasl/sasl-name.js';

test('the examples of RFC 4013 §3 are prepared as there', () => {
  assert.equal(saslPrep('I\u00adX'), 'IX');
  assert.equal(saslPrep('user'), 'user');
  assert.equal(saslPrep('USER'), 'USER');
  assert.equal(saslPrep('\u00aa'), 'a');
  assert.equal(saslPrep('\u2168'), 'IX');
});

test('what RFC 4013 forbids goes out as it is', () => {
  assert.equal(saslPrep('\u0007'), '\u0007');
  assert.equal(saslPrep('\u06271'), '\u06271');
});

test('spaces of all widths become one space each', () => {
  assert.equal(saslPrep('a\u00a0b\u3000c\u2003d e'), 'a b c d e');
});

test('what is mapped to nothing is gone', () => {
  assert.equal(saslPrep('a\u034f\u180b\u200b\u200c\u200d\u2060\ufe0f\ufeff\u1806b'), 'ab');
});

test('comma and equals sign are quoted, and nothing else', () => {
  assert.equal(saslName('a,b=c=2Cd é'), 'a=2Cb=3Dc=3D2Cd é');
});
