/**
 * Rules about the target: which servers, whether they may be loaded, and which name servers are asked.
 *
 * Whether a host may be loaded is decided by safety.ts alone, here before anything is looked up or connected. A name
 * server off loopback is asked by every shard, so it needs the same word.
 */
import { isLoopbackHost } from '../../safety.js';
import type { KeyPath } from '../../yaml/key-path.js';
import { parseAddress } from '../ip-address.js';
import type { TargetAddress } from '../scenario.js';
import { parseTargets, type Targets } from '../targets.js';
import { authProblems } from './auth.js';
import { helloProblems } from './hello.js';
import type { PartlyWords, Report } from './rule.js';
import { tlsProblems } from './tls.js';

export function targetProblems(words: PartlyWords, report: Report): void {
  const target = parseTargets(words.target ?? {});
  const isAuthorized = words.target?.authorized === true;
  if (!('routes' in target)) {
    for (const { path, code, message, hint } of target) {
      report.restingOn(path)(path, code, message, hint);
    }
  } else if (!isAuthorized) checkAuthorized(target, words, report);
  checkNameServers(words, isAuthorized, report);
  const known = 'routes' in target ? target : null;
  const resting = report.restingOn(['target', 'url'], ['target', 'urls']);
  tlsProblems(known, words, resting);
  authProblems(known, words, resting);
  helloProblems(known, words, resting);
}

function checkAuthorized({ routes }: Targets, words: PartlyWords, report: Report): void {
  const path = words.target?.urls === undefined ? ['target', 'url'] : ['target', 'urls'];
  const far = routes.flatMap(({ address }) => farHostOf(address) ?? []);
  for (const host of new Set(far)) checkWord(path, `leads to ${host}`, report);
}

/** null: on this machine. */
function farHostOf(address: TargetAddress): string | null {
  if (address.kind === 'unix') return null;
  // Whatever it is: it may pass mail on to anywhere.
  if (address.kind === 'exec') return `the program ${address.program}, which mailbench would run`;
  if (address.kind === 'mx') return `the mail exchangers of ${address.domain}, wherever they are`;
  return isLoopbackHost(address.host) ? null : `${address.host}, which is not loopback`;
}

function checkWord(path: KeyPath, message: string, report: Report): void {
  report.restingOn(['target', 'authorized'])(
    path,
    'SCENARIO_TARGET_UNAUTHORIZED',
    message,
    'If you may load that server, say so with `authorized: true` under target, or --authorized.',
  );
}

function checkNameServers(words: PartlyWords, isAuthorized: boolean, report: Report): void {
  for (const [index, server] of (words.target?.dns?.servers ?? []).entries()) {
    if (server === undefined) continue;
    const path = ['target', 'dns', 'servers', index];
    const parsed = parseAddress(server);
    if (parsed === null) {
      const hint = 'Write an address with its port, such as 127.0.0.1:5353 or [::1]:53.';
      report(path, 'SCENARIO_DNS_SERVER', 'is not the address of a name server', hint);
    } else if (!isAuthorized && !isLoopbackHost(parsed.address)) {
      checkWord(path, 'is a name server that is not on loopback', report);
    }
  }
}
