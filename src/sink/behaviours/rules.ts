/**
 * The rules across keys of one behaviour, which a schema cannot say. Looks at words that are valid by themselves.
 */
import type { KeyPath } from '../../yaml/key-path.js';
import { parseDurationMs } from '../../yaml/quantities.js';
import { VERBS, type Verb } from '../event.js';
import { OUTCOMES, type OutcomeKey, outcomeKeyOf, replyOf, verbsOf } from './outcome-words.js';
import type { BehaviourProblemCode } from './problem-codes.js';
import { replyProblem } from './reply-words.js';
import type { BehaviourWords } from './schema.js';

export interface Surroundings {
  readonly hasBounceTo: boolean;
  readonly hasAuthentication: boolean;
}

/** Adds a problem at a path inside the behaviour. */
export type Report = (path: KeyPath, code: BehaviourProblemCode, message: string, hint: string) => void;

export function behaviourProblems(words: BehaviourWords, around: Surroundings, report: Report): void {
  outcomeProblems(words, report);
  replyProblems(words, report);
  dropProblems(words, report);
  verbProblems(words, report);
  delayProblems(words, report);
  timeProblems(words, report);
  throttleProblems(words, report);
  surroundingProblems(words, around, report);
}

function outcomeProblems(words: BehaviourWords, report: Report): void {
  const [first, second] = OUTCOMES.filter((key) => words[key] !== undefined);
  if (second !== undefined) {
    report(
      [second],
      'BEHAVIOUR_CONTRADICTION',
      `cannot stand beside \`${first}\``,
      'Make two behaviours of it.',
    );
  }
  const { delay, read, socket, drop } = words;
  const isIdle = first === undefined && delay === undefined && read === undefined && drop === undefined;
  if (!isIdle || (socket !== undefined && Object.keys(socket).length > 0)) return;
  report(
    [],
    'BEHAVIOUR_CONTRADICTION',
    'does nothing',
    'Add what to do, e.g. `reject: 550` or `delay: 200ms`.',
  );
}

/** The first digits that the reply of an outcome may have. */
const CLASSES: Readonly<Partial<Record<OutcomeKey, string>>> = {
  reject: '5',
  defer: '4',
  reply: '2345',
  close: '45',
  greylist: '45',
  throttle: '45',
};

const REPLY_HINT = 'Write e.g. `{ code: 550, enhanced: "5.1.1", text: No such user }`.';

function replyProblems(words: BehaviourWords, report: Report): void {
  const key = outcomeKeyOf(words);
  const reply = replyOf(words);
  const problem = key === undefined || reply === null ? null : replyProblem(reply, CLASSES[key] ?? '45');
  if (key === undefined || problem === null) return;
  const hint =
    (key === 'reject' || key === 'defer') && problem.startsWith('has the code')
      ? `\`reject\` is for 5yz, \`defer\` for 4yz, \`reply\` for any. ${REPLY_HINT}`
      : REPLY_HINT;
  report([key], 'BEHAVIOUR_REPLY', problem, hint);
}

function dropProblems(words: BehaviourWords, report: Report): void {
  const { drop } = words;
  if (drop === undefined) return;
  const key = outcomeKeyOf(words);
  const isBefore = drop === 'before' || (typeof drop === 'object' && drop.at === 'before');
  if (isBefore && (key === 'reject' || key === 'defer' || key === 'reply' || key === 'close')) {
    const hint = 'Take one of them out, or drop `after`.';
    report(['drop'], 'BEHAVIOUR_CONTRADICTION', `ends the connection before \`${key}\` could reply`, hint);
  }
  if (key === 'addresses') {
    const hint = 'Make two behaviours of it; an address asks for it with `drop-…@`.';
    report(['drop'], 'BEHAVIOUR_CONTRADICTION', 'cannot stand beside `addresses`', hint);
  }
}

const BEFORE_MAIL: readonly Verb[] = ['CONNECT', 'HELO', 'EHLO', 'STARTTLS', 'AUTH', 'XCLIENT'];
const BEFORE_RCPT: readonly Verb[] = [...BEFORE_MAIL, 'MAIL'];
const BEFORE_CONTENT: readonly Verb[] = VERBS.filter((verb) => verb !== 'CONTENT');
const NO_SIZE: readonly Verb[] = VERBS.filter((verb) => verb !== 'MAIL' && verb !== 'CONTENT');
const OUTSIDE_TRANSACTION: readonly Verb[] = VERBS.filter(
  (verb) => !['MAIL', 'RCPT', 'DATA', 'INPUT', 'BDAT', 'CONTENT'].includes(verb),
);

/** At which verbs a condition can never hold, as nothing is known yet. */
const UNKNOWN_AT: readonly (readonly [path: KeyPath, verbs: readonly Verb[]])[] = [
  [['when', 'recipient'], BEFORE_RCPT],
  [['when', 'domain'], BEFORE_RCPT],
  [['when', 'from'], BEFORE_MAIL],
  [['when', 'helo'], ['CONNECT']],
  [['when', 'user'], ['CONNECT']],
  [['when', 'largerThan'], NO_SIZE],
  [['when', 'contains'], BEFORE_CONTENT],
  [['when', 'recipientsOver'], BEFORE_RCPT],
  [['when', 'numbers'], BEFORE_CONTENT],
  [['when', 'every'], BEFORE_CONTENT],
  [['when', 'first'], BEFORE_CONTENT],
  [['when', 'authentication', 'spf'], BEFORE_MAIL],
  [['when', 'authentication', 'dkim'], BEFORE_CONTENT],
  [['when', 'authentication', 'dmarc'], BEFORE_CONTENT],
  [['when', 'authentication', 'policy'], BEFORE_CONTENT],
  [['when', 'authentication', 'arc'], BEFORE_CONTENT],
];

/** At which verbs an outcome has no meaning. */
const MEANINGLESS_AT: Readonly<Partial<Record<OutcomeKey, readonly Verb[]>>> = {
  bounce: BEFORE_CONTENT,
  lose: BEFORE_CONTENT,
  twice: BEFORE_CONTENT,
  greylist: [...OUTSIDE_TRANSACTION, 'INPUT'],
  reject: ['INPUT'],
  defer: ['INPUT'],
  reply: ['INPUT'],
};

function verbProblems(words: BehaviourWords, report: Report): void {
  const verbs = verbsOf(words);
  const key = outcomeKeyOf(words);
  if (verbs.length === 0) {
    const hint = `Say what the client just did, e.g. \`verb: RCPT\`: one or more of ${VERBS.join(', ')}.`;
    report(['when', 'verb'], 'BEHAVIOUR_KEY_MISSING', 'is missing', hint);
  }
  if (key === 'addresses' && words.when.verb !== undefined) {
    const hint = 'Leave it out: addresses are looked at at RCPT and CONTENT.';
    report(['when', 'verb'], 'BEHAVIOUR_VERB', 'cannot be chosen with `addresses`', hint);
  }
  for (const [path, unknownAt] of UNKNOWN_AT) {
    const verb = verbs.find((one) => unknownAt.includes(one));
    if (verb === undefined || valueAt(words, path) === undefined) continue;
    const hint = `Known from ${VERBS.find((one) => !unknownAt.includes(one))} on; choose another \`verb\`.`;
    report(path, 'BEHAVIOUR_VERB', `is not known yet at ${verb}`, hint);
  }
  const wrong = key === undefined ? undefined : verbs.find((verb) => MEANINGLESS_AT[key]?.includes(verb));
  if (key === undefined || wrong === undefined) return;
  report([key], 'BEHAVIOUR_VERB', `has no meaning at ${wrong}`, meaningHint(key, wrong));
}

function meaningHint(key: OutcomeKey, verb: Verb): string {
  if (verb === 'INPUT') return 'The 354 is out: only `close`, with the reply you want, can end it here.';
  return key === 'greylist' ? 'Use RCPT, which is the default.' : 'Leave the verb out: it is CONTENT.';
}

function valueAt(words: BehaviourWords, path: KeyPath): unknown {
  return path.reduce<unknown>(
    (value, step) => (value as Readonly<Record<string, unknown>> | undefined)?.[step],
    words,
  );
}

const DISTRIBUTIONS = ['fixed', 'uniform', 'normal', 'lognormal', 'exponential'] as const;

function delayProblems({ delay }: BehaviourWords, report: Report): void {
  if (typeof delay !== 'object') return;
  const given = DISTRIBUTIONS.filter((name) => delay[name] !== undefined);
  if (given.length !== 1) {
    const found = given.length === 0 ? 'none is there' : `found ${given.join(' and ')}`;
    const hint = 'Write e.g. `delay: { uniform: { min: 100ms, max: 300ms } }`.';
    report(['delay'], 'BEHAVIOUR_CONTRADICTION', `must have exactly one distribution, ${found}`, hint);
  }
  const { uniform } = delay;
  if (uniform === undefined || msOf(uniform.min) <= msOf(uniform.max)) return;
  report(['delay', 'uniform'], 'BEHAVIOUR_CONTRADICTION', 'has a min above its max', 'Swap them.');
}

function timeProblems({ when: { after, until } }: BehaviourWords, report: Report): void {
  if (after === undefined || until === undefined || msOf(after) < msOf(until)) return;
  const hint = 'Both count from the start: `after: 10s, until: 30s` are 20 seconds.';
  report(['when', 'until'], 'BEHAVIOUR_CONTRADICTION', 'is over before `after` begins', hint);
}

const UNITS = ['messages', 'recipients', 'connections'] as const;
const COUNTED_AT: Readonly<Record<(typeof UNITS)[number], readonly Verb[]>> = {
  messages: ['MAIL', 'DATA', 'CONTENT'],
  recipients: ['RCPT', 'DATA', 'CONTENT'],
  connections: ['CONNECT'],
};

function throttleProblems(words: BehaviourWords, report: Report): void {
  const { throttle, greylist } = words;
  const verbs = verbsOf(words);
  const needs = [
    ...(throttle?.by ?? []).map((part) => ['throttle', part] as const),
    ...(typeof greylist?.by === 'object' ? greylist.by : greylist === undefined ? [] : ['recipient']).map(
      (part) => ['greylist', part] as const,
    ),
  ];
  for (const [key, part] of needs) {
    const unknownAt = UNKNOWN_AT.find(([path]) => path[1] === part)?.[1] ?? [];
    const verb = verbs.find((one) => unknownAt.includes(one));
    if (verb !== undefined) {
      report([key], 'BEHAVIOUR_VERB', `needs the ${part}, which is not known yet at ${verb}`, BY_HINT);
    }
  }
  if (throttle === undefined) return;
  const units = UNITS.filter((unit) => throttle[unit] !== undefined);
  if (units.length !== 1) {
    const hint = 'Write e.g. `throttle: { messages: 50, per: 1s }`.';
    report(['throttle'], 'BEHAVIOUR_CONTRADICTION', `must have exactly one of ${UNITS.join(', ')}`, hint);
  }
  const [unit = 'messages'] = units;
  const wrong = verbs.find((verb) => !COUNTED_AT[unit].includes(verb));
  if (wrong === undefined) return;
  const hint = `Use ${COUNTED_AT[unit].join(' or ')}.`;
  report(['throttle', unit], 'BEHAVIOUR_VERB', `cannot be counted at ${wrong}`, hint);
}

const BY_HINT = 'Choose a later `verb`, or another `by`.';

function surroundingProblems(words: BehaviourWords, around: Surroundings, report: Report): void {
  if (words.bounce !== undefined && !around.hasBounceTo) {
    const hint =
      'Say where bounces may go: `--bounce-to smtp://127.0.0.1:2525`, in a scenario `bounceTo` under delivery.sink. There is no default.';
    report(['bounce'], 'BEHAVIOUR_BOUNCE_TO', 'needs a server that takes the bounces', hint);
  }
  if (words.when.authentication !== undefined && !around.hasAuthentication) {
    const hint =
      'Say which name server to ask, e.g. `dns: 127.0.0.1:5353`, or write the records under `zone`.';
    report(
      ['when', 'authentication'],
      'BEHAVIOUR_AUTHENTICATION',
      'needs a name server, and none is configured',
      hint,
    );
  }
}

function msOf(word: string | number): number {
  return parseDurationMs(word) ?? 0;
}
