/**
 * Rules about the proof of delivery: what is looked for must be somewhere, and nothing off this machine is touched unasked.
 */
import { isLoopbackHost } from '../../safety.js';
import { hostAndPort } from '../delivery.js';
import { parseTargets } from '../targets.js';
import { plannedEndMs } from './load.js';
import { msOf, type PartlyWords, type Report } from './rule.js';

export function deliveryProblems(words: PartlyWords, report: Report): void {
  const { delivery } = words;
  if (delivery === undefined) return checkThresholds(words, report);
  const target = parseTargets(words.target ?? {});
  const isEmbedded = 'routes' in target && target.isEmbedded;
  checkPlaces(words, isEmbedded, report);
  checkSink(words, isEmbedded, report);
  if (delivery.imap?.tls === 'starttls' && /^imaps:/.test(delivery.imap.url ?? '')) {
    const hint = 'Keep imaps:// for TLS from the first byte, or write imap:// for STARTTLS.';
    report(
      ['delivery', 'imap', 'tls'],
      'SCENARIO_DELIVERY',
      'is starttls, and imaps:// begins with TLS',
      hint,
    );
  }
  if (words.target?.authorized !== true) checkHosts(words, report);
}

function checkPlaces({ delivery }: PartlyWords, isEmbedded: boolean, report: Report): void {
  for (const key of ['expect', 'bounces'] as const) {
    const place = delivery?.[key];
    if (place === undefined || delivery?.[place] !== undefined || (place === 'sink' && isEmbedded)) continue;
    report.restingOn(['delivery', place], ['target', 'url'])(
      ['delivery', key],
      'SCENARIO_DELIVERY',
      `is ${place}, and there is no delivery.${place}`,
      HINTS[place],
    );
  }
}

const HINTS = {
  sink: 'Add e.g. `sink: { listen: "127.0.0.1:2600" }` and let the server under test deliver there.',
  imap: 'Add `imap: { url: "imap://127.0.0.1:143", accounts: [{ user, pass }] }`.',
  maildir: 'Add e.g. `maildir: { path: "/var/vmail/{{user}}/Maildir" }`.',
} as const;

function checkSink({ delivery }: PartlyWords, isEmbedded: boolean, report: Report): void {
  const sink = delivery?.sink;
  if (sink === undefined) return;
  const { listen, receipts } = sink;
  const say = (key: string, message: string, hint: string) =>
    report.restingOn(['target', 'url'], ['delivery', 'sink', 'listen'], ['delivery', 'sink', 'receipts'])(
      key === '' ? ['delivery', 'sink'] : ['delivery', 'sink', key],
      'SCENARIO_DELIVERY',
      message,
      hint,
    );
  if (isEmbedded) {
    for (const key of ['listen', 'receipts'] as const)
      if (sink[key] !== undefined)
        say(key, 'has no use where the target is the embedded sink', 'Take it out, or set target.url.');
  } else if (listen !== undefined && receipts !== undefined) {
    say('receipts', 'stands beside listen', 'Keep one: a sink of the run, or one that runs already.');
  } else if (listen === undefined && receipts === undefined) {
    say('', 'neither listens nor has receipts', HINTS.sink);
  }
  const isOurs = isEmbedded || listen !== undefined;
  for (const key of ['behaviours', 'auth', 'bounceTo'] as const)
    if (!isOurs && sink[key] !== undefined)
      say(key, 'is for a sink of the run, and this one runs elsewhere', 'Give it to that sink instead.');
}

function checkHosts({ delivery }: PartlyWords, report: Report): void {
  const { sink, imap } = delivery ?? {};
  const hosts: readonly (readonly [readonly (string | number)[], string | undefined])[] = [
    [['delivery', 'sink', 'listen'], sink?.listen === undefined ? undefined : hostAndPort(sink.listen).host],
    [['delivery', 'sink', 'bounceTo'], hostOfUrl(sink?.bounceTo)],
    [['delivery', 'imap', 'url'], hostOfUrl(imap?.url)],
    ...(sink?.receipts ?? []).map(
      (receipts, index) => [['delivery', 'sink', 'receipts', index], hostOfHttp(receipts)] as const,
    ),
  ];
  for (const [path, host] of hosts) {
    if (host === undefined || isLoopbackHost(host)) continue;
    report.restingOn(['target', 'authorized'])(
      path,
      'SCENARIO_TARGET_UNAUTHORIZED',
      `names ${host}, which is not loopback`,
      'If you may use that server, say so with `authorized: true` under target, or --authorized.',
    );
  }
}

function hostOfUrl(url: string | undefined): string | undefined {
  return url !== undefined && URL.canParse(url) ? new URL(url).hostname : undefined;
}

/** What is no URL is a file. */
function hostOfHttp(receipts: string | undefined): string | undefined {
  return receipts !== undefined && /^https?:/i.test(receipts) ? hostOfUrl(receipts) : undefined;
}

/** Without a proof of delivery such a metric is always empty, and an empty one fails. */
function checkThresholds(words: PartlyWords, report: Report): void {
  for (const metric of Object.keys(words.thresholds ?? {})) {
    if (!/^(?:delivery_|smtp_delivery_)/.test(metric)) continue;
    report(
      ['thresholds', metric],
      'SCENARIO_DELIVERY',
      'is about delivery, and there is no `delivery:` that proves it',
      'Add e.g. `delivery: { expect: sink }`.',
    );
  }
}

/** Sentences on actions that come too late to matter. */
export function lateActions(words: Pick<PartlyWords, 'actions' | 'scenarios'>): readonly string[] {
  const endMs = plannedEndMs(words);
  if (endMs === null) return [];
  return (words.actions ?? []).flatMap((action) => {
    const atMs = msOf(action?.at);
    if (atMs === undefined || atMs < endMs) return [];
    return [`The action ${action?.name} is due when the load is over: at ${action?.at}.`];
  });
}
