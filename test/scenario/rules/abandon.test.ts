import { test } from 'node:test';
import { ABANDON_PHASES } from '#src/scenario/client-options.js';
import { assertRules, load } from '../load.js';

const abandon = (words: string, more = '') => `client: { abandon: { ${words} }${more} }`;
const CODE = 'SCENARIO_ABANDON';

test('an end that cannot come about is refused', () => {
  assertRules([
    [
      CODE,
      'client.abandon.how',
      abandon('phase: MAIL, how: quit, when: sent'),
      abandon('phase: MAIL, how: quit'),
    ],
    [CODE, 'client.abandon.how', abandon('phase: CONNECT, how: quit'), abandon('phase: CONNECT, how: reset')],
    [CODE, 'client.abandon.how', abandon('phase: DATA, how: quit'), abandon('phase: CONTENT, how: quit')],
    [CODE, 'client.abandon.when', abandon('phase: GREETING, when: sent'), abandon('phase: GREETING')],
    [
      CODE,
      'client.abandon.contentShare',
      abandon('phase: CONTENT, contentShare: 0.9'),
      abandon('phase: CONTENT, when: sent, contentShare: 0.9'),
    ],
    [
      CODE,
      'client.abandon.phase',
      abandon('phase: DATA', ', chunking: true'),
      abandon('phase: CONTENT', ', chunking: true'),
    ],
  ]);
});

test('a phase that no session gets to is refused', () => {
  const at = (phase: string, target: string) => `${abandon(`phase: ${phase}`)}\ntarget: { ${target} }`;
  assertRules([
    [
      CODE,
      'client.abandon.phase',
      at('STARTTLS', 'url: "smtps://localhost"'),
      at('STARTTLS', 'url: "smtp://localhost", tls: { mode: opportunistic }'),
    ],
    [
      CODE,
      'client.abandon.phase',
      at('AUTH', 'url: "smtps://localhost"'),
      at('AUTH', 'url: "smtps://u:p@localhost"'),
    ],
  ]);
});

test('at CONNECT `when` means nothing, and is passed over', () => {
  for (const when of ['sent', 'reply']) load(abandon(`phase: CONNECT, when: ${when}`));
});

test('every phase can be named', () => {
  const target = 'target: { url: "smtp://localhost", tls: { mode: starttls }, auth: { user: u, pass: p } }';
  for (const phase of ABANDON_PHASES) load(`${abandon(`phase: ${phase}`)}\n${target}`);
});
