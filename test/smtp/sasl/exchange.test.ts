import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Exchange } from '#src/smtp/sasl/exchange.js';
import type { Mechanism } from '#src/smtp/sasl/mechanism.js';

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** Echoes challenges, and keeps what it was asked. */
function echo(first: string | null): Mechanism & { readonly heard: (string | null)[] } {
  const heard: (string | null)[] = [];
  return {
    name: 'ECHO',
    first,
    serverProof: 'good',
    heard,
    respond: (challenge) => {
      heard.push(challenge === null ? null : challenge.toString('latin1'));
      return challenge === null ? null : `re ${challenge.toString('latin1')}`;
    },
  };
}

describe('the command', () => {
  test('takes the first response along', () => {
    assert.equal(new Exchange(echo('hello')).command(true), `AUTH ECHO ${base64('hello')}`);
  });

  test('goes alone where that is not wanted, or where the server begins', () => {
    assert.equal(new Exchange(echo('hello')).command(false), 'AUTH ECHO');
    assert.equal(new Exchange(echo(null)).command(true), 'AUTH ECHO');
  });

  test('says an empty first response as an equals sign', () => {
    assert.equal(new Exchange(echo('')).command(true), 'AUTH ECHO =');
  });

  test('is never longer than 512 octets with its CRLF', () => {
    // 'AUTH ECHO ' and 500 octets of base64, and CRLF.
    assert.equal(new Exchange(echo('x'.repeat(375))).command(true).length + 2, 512);
    const exchange = new Exchange(echo('x'.repeat(376)));
    assert.equal(exchange.command(true), 'AUTH ECHO');
    assert.equal(exchange.answer(''), base64('x'.repeat(376)));
  });
});

describe('an answer', () => {
  test('is the first response, whatever the first challenge says, when that did not go along', () => {
    const mechanism = echo('hello');
    const exchange = new Exchange(mechanism);
    exchange.command(false);
    assert.equal(exchange.answer('go ahead'), base64('hello'));
    assert.equal(exchange.answer(base64('one')), base64('re one'));
    assert.deepEqual(mechanism.heard, ['one']);
  });

  test('is an empty line for an empty first response', () => {
    const exchange = new Exchange(echo(''));
    exchange.command(false);
    assert.equal(exchange.answer(''), '');
  });

  test('is the first response once more for a server that asks again with an empty challenge', () => {
    const mechanism = echo('hello');
    const exchange = new Exchange(mechanism);
    exchange.command(true);
    assert.equal(exchange.answer(' '), base64('hello'));
    assert.equal(exchange.answer(''), base64('re '));
    assert.deepEqual(mechanism.heard, ['']);
  });

  test('is the mechanism’s to a real challenge', () => {
    const exchange = new Exchange(echo('hello'));
    exchange.command(true);
    assert.equal(exchange.answer(base64('one')), base64('re one'));
  });

  test('hears from the start where the server begins', () => {
    const exchange = new Exchange(echo(null));
    exchange.command(true);
    assert.equal(exchange.answer(''), base64('re '));
  });

  test('is none to what is no base64', () => {
    for (const text of ['a', 'abc', '====', 'ab=c', 'Vx!=', 'YWJj\nYWJj', 'YWJjZ===']) {
      const mechanism = echo(null);
      assert.equal(new Exchange(mechanism).answer(text), null, text);
      assert.deepEqual(mechanism.heard, [null], text);
    }
  });

  test('is none when it would be longer than 12,288 octets', () => {
    assert.equal(new Exchange(echo('x'.repeat(9_216))).answer('')?.length, 12_288);
    assert.equal(new Exchange(echo('x'.repeat(9_217))).answer(''), null);
  });

  test('is UTF-8', () => {
    assert.equal(new Exchange(echo('пароль €')).answer(''), base64('пароль €'));
  });
});
