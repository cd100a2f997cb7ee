import { test } from 'node:test';
import { assertRules } from '../load.js';

const CODE = 'SCENARIO_TLS_CONTRADICTION';
const tls = (words: string, url = 'smtp://localhost') => `target: { url: "${url}", tls: { ${words} } }`;

test('TLS settings that contradict each other, or that nothing would use, are refused', () => {
  assertRules([
    [
      CODE,
      'target.tls.maxVersion',
      tls('mode: starttls, maxVersion: TLSv1.1'),
      tls('mode: starttls, maxVersion: TLSv1.1, minVersion: TLSv1'),
    ],
    [
      CODE,
      'target.tls.maxVersion',
      tls('mode: starttls, minVersion: TLSv1.3, maxVersion: TLSv1.2'),
      tls('mode: starttls, minVersion: TLSv1.3, maxVersion: TLSv1.3'),
    ],
    [CODE, 'target.tls.passphrase', tls('mode: starttls, passphrase: x'), tls('mode: starttls')],
    [
      CODE,
      'target.tls.servername',
      tls('servername: a.test'),
      tls('servername: a.test', 'smtps://localhost'),
    ],
    [CODE, 'target.tls.ciphers', tls('mode: none, ciphers: HIGH'), tls('mode: opportunistic, ciphers: HIGH')],
    [
      CODE,
      'target.tls.mode',
      `target: { url: "smtp+mx://a.test", authorized: true, tls: { mode: implicit } }`,
      `target: { url: "smtp+mx://a.test", authorized: true, tls: { mode: starttls } }`,
    ],
    [
      CODE,
      'target.tls.mode',
      'target: { url: embedded, tls: { mode: implicit } }',
      'target: { url: "smtp+unix:///run/x.sock", tls: { mode: implicit } }',
    ],
  ]);
});

test('a certificate without its key is refused, and the reverse', () => {
  const ca = (words: string) => tls(`mode: starttls${words}`);
  assertRules([
    [CODE, 'target.tls.cert', ca(', cert: c.pem'), ca('')],
    [CODE, 'target.tls.key', ca(', key: k.pem'), ca('')],
    [CODE, 'target.tls.ca', tls('ca: ca.pem'), tls('')],
  ]);
});

test('REQUIRETLS needs TLS', () => {
  const require = (url: string, mode = '') => `${tls(mode, url)}\nenvelope: { requireTls: true }`;
  assertRules([
    [CODE, 'envelope.requireTls', require('smtp://localhost'), require('smtps://localhost')],
    [CODE, 'envelope.requireTls', require('embedded'), require('smtp://localhost', 'mode: opportunistic')],
  ]);
});

test('a share of sessions with TLS needs STARTTLS, and nothing that all of them must have', () => {
  assertRules([
    [CODE, 'target.tls.share', tls('share: 0.5'), tls('mode: opportunistic, share: 0.5')],
    [CODE, 'target.tls.share', tls('share: 0.5', 'smtps://localhost'), tls('share: 1', 'smtps://localhost')],
    [
      CODE,
      'target.tls.share',
      `${tls('mode: starttls, share: 0.5')}\nenvelope: { requireTls: true }`,
      `${tls('mode: starttls')}\nenvelope: { requireTls: true }`,
    ],
  ]);
});
