/**
 * Rules about parameters of MAIL and RCPT: what their RFCs allow, and that each is said in one place only.
 *
 * RFC 5321 §4.1.2 (esmtp-param), RFC 3461 §4.2 and §4.4 (ORCPT of at most 500 characters, ENVID of 100, both in xtext),
 * RFC 2852 §4 (BY).
 */
import { longestExpansion } from '../address-pattern.js';
import { domainsOf } from './recipients.js';
import type { PartlyWords, Report } from './rule.js';
import { checkPlaceholders } from './texts.js';

export function parameterProblems(words: PartlyWords, report: Report): void {
  checkEnvid(words, report);
  checkOrcpt(words, report);
  checkDeliverBy(words, report);
  checkPrdr(words, report);
  checkList('mailParameters', words, report);
  checkList('rcptParameters', words, report);
}

const MAX_ENVID = 100;
const MAX_ORCPT = 500;

function checkEnvid(words: PartlyWords, report: Report): void {
  const envid = words.envelope?.dsn?.envid;
  const path = ['envelope', 'dsn', 'envid'];
  if (envid === undefined) return;
  if (/[^\x20-\x7e]/.test(envid)) {
    return report(
      path,
      'SCENARIO_PARAMETER',
      'holds a character that is not printable ASCII',
      'Use letters and digits.',
    );
  }
  if (!checkPlaceholders(envid, ['seq'], { path, report })) return;
  const length = xtextLength(longestExpansion(envid));
  if (length <= MAX_ENVID) return;
  const message = `may take ${length} characters in xtext, more than ${MAX_ENVID} (RFC 3461 §4.4)`;
  report(path, 'SCENARIO_PARAMETER', message, 'Shorten it.');
}

/** Every sign but letters, digits and most of the rest takes three characters (RFC 3461 §4). */
function xtextLength(text: string): number {
  return [...Buffer.from(text)].reduce(
    (sum, byte) => sum + (byte < 0x21 || byte > 0x7e || byte === 0x2b || byte === 0x3d ? 3 : 1),
    0,
  );
}

function checkOrcpt(words: PartlyWords, report: Report): void {
  if (words.envelope?.dsn?.orcpt !== true) return;
  const longest = longestRecipients(words).find(
    (address) => 'rfc822;'.length + xtextLength(address) > MAX_ORCPT,
  );
  if (longest === undefined) return;
  report(
    ['envelope', 'dsn', 'orcpt'],
    'SCENARIO_PARAMETER',
    `is true, but a recipient takes more than ${MAX_ORCPT} characters in xtext (RFC 3461 §4.2)`,
    'Use shorter recipients.',
  );
}

function longestRecipients(words: PartlyWords): readonly string[] {
  const to = words.envelope?.to;
  if (to === undefined) return [];
  if (typeof to === 'string') return [longestExpansion(to)];
  const entries = Array.isArray(to) ? to : [to];
  return entries.flatMap(({ address = '', users = 1000, domains }) =>
    [...domainsOf(domains).map(({ domain }) => domain), ''].map((domain) =>
      longestExpansion(address, { users, domain }),
    ),
  );
}

function checkDeliverBy(words: PartlyWords, report: Report): void {
  const { seconds, mode = 'return' } = words.envelope?.deliverBy ?? {};
  if (seconds === undefined || seconds > 0 || mode === 'notify') return;
  report.restingOn(['envelope', 'deliverBy', 'mode'])(
    ['envelope', 'deliverBy', 'seconds'],
    'SCENARIO_PARAMETER',
    `is ${seconds}, and with mode return it must be above 0 (RFC 2852 §4)`,
    'Raise it, or set `mode: notify`.',
  );
}

function checkPrdr(words: PartlyWords, report: Report): void {
  const url = words.target?.url ?? Object.keys(words.target?.urls ?? {})[0] ?? '';
  if (words.envelope?.prdr !== true || !url.startsWith('lmtp')) return;
  report.restingOn(['target', 'url'])(
    ['envelope', 'prdr'],
    'SCENARIO_PARAMETER',
    'is true, but LMTP replies for each recipient anyway (RFC 2033 §4.2)',
    'Leave it out.',
  );
}

/** What mailbench writes itself, with the key that decides it. */
const OWN: Readonly<Record<'mailParameters' | 'rcptParameters', Readonly<Record<string, string>>>> = {
  mailParameters: {
    SIZE: 'it is sent wherever it is offered',
    BODY: 'use envelope.body',
    SMTPUTF8: 'use envelope.smtputf8',
    RET: 'use envelope.dsn.ret',
    ENVID: 'use envelope.dsn.envid',
    REQUIRETLS: 'use envelope.requireTls',
    BY: 'use envelope.deliverBy',
    'MT-PRIORITY': 'use envelope.priority',
    PRDR: 'use envelope.prdr',
  },
  rcptParameters: { NOTIFY: 'use envelope.dsn.notify', ORCPT: 'use envelope.dsn.orcpt' },
};

const PARAMETER = /^([A-Za-z0-9][A-Za-z0-9-]*)(?:=[\x21-\x3c\x3e-\x7e]+)?$/;

function checkList(key: 'mailParameters' | 'rcptParameters', words: PartlyWords, report: Report): void {
  const names: string[] = [];
  for (const [index, parameter] of (words.envelope?.[key] ?? []).entries()) {
    if (parameter === undefined) continue;
    const path = ['envelope', key, index];
    const name = PARAMETER.exec(parameter)?.[1]?.toUpperCase();
    if (name === undefined) {
      const hint = 'Write KEYWORD or KEYWORD=VALUE, without spaces; what else a value holds goes in xtext.';
      report(path, 'SCENARIO_PARAMETER', 'is no parameter (RFC 5321 §4.1.2)', hint);
      continue;
    }
    const own = OWN[key][name];
    if (own !== undefined) {
      report(
        path,
        'SCENARIO_PARAMETER',
        `is ${name}, which mailbench writes itself`,
        `Leave it out: ${own}.`,
      );
    } else if (names.includes(name)) {
      report(
        path,
        'SCENARIO_PARAMETER',
        `names ${name} a second time`,
        'Keep one of the two (RFC 5321 §4.1.1.11).',
      );
    }
    names.push(name);
  }
}
