import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileVerp } from '#src/delivery/verp.js';

test('the number is read out of the address, in any case', () => {
  const numberOf = compileVerp(['bounce+{{seq}}.x@sender.example.test']);
  assert.equal(numberOf('Bounce+42.X@SENDER.example.test'), 42);
});

test('addresses that only look alike hold no number', () => {
  const numberOf = compileVerp(['bounce+{{seq}}.x@sender.example.test']);
  for (const address of [
    'bounce+.x@sender.example.test',
    'bounce+4ax@sender.example.test',
    'bounceee42.x@sender.example.test',
    'x-bounce+42.x@sender.example.test',
    'bounce+42.x@sender.example.test.invalid',
    'bounce+12345678901.x@sender.example.test',
  ])
    assert.equal(numberOf(address), null, address);
});

test('a number that stands twice must be the same', () => {
  const numberOf = compileVerp(['{{seq}}@b{{seq}}.example.test']);
  assert.equal(numberOf('7@b7.example.test'), 7);
  assert.equal(numberOf('7@b8.example.test'), null);
});

test('a return path without a number tells nothing', () => {
  assert.equal(compileVerp(['sender@example.test'])('sender@example.test'), null);
  assert.equal(compileVerp([''])(''), null);
  assert.equal(compileVerp([])('sender@example.test'), null);
});

test('of several return paths each tells the numbers that are its own', () => {
  const numberOf = compileVerp(['a-{{seq}}@example.test', 'fixed@example.test', '{{seq}}@example.test']);
  assert.equal(numberOf('a-3@example.test'), 3);
  assert.equal(numberOf('a-4@example.test'), null);
  assert.equal(numberOf('5@example.test'), 5);
  assert.equal(numberOf('6@example.test'), null);
});

test('what VERP makes of the recipient stands beside the number, whatever it is', () => {
  const numberOf = compileVerp(['bounce-{{seq}}+{{verp}}@x.example.test']);
  assert.equal(numberOf('bounce-42+user7=a.example.test@x.example.test'), 42);
  assert.equal(numberOf('Bounce-42+a.b+c=d@X.example.test'), 42);
  assert.equal(numberOf('bounce-42+@x.example.test'), null);
  assert.equal(numberOf('bounce-42+a@b@x.example.test'), null);
  const without = compileVerp(['bounce+{{verp}}@x.example.test']);
  assert.equal(without('bounce+a=b@x.example.test'), null);
});
