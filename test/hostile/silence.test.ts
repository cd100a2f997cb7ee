/** Servers that say nothing, or too slowly: every phase has its deadline, and dripping bytes does not move it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Act } from './good-dialog.js';
import { hostile } from './hostile-run.js';
import { betweenMessages, failedIn, type HostilePhase, inEachPhase } from './phases.js';

const silence: Act = (peer) => peer.silence();

/** A byte at a time of a line that never ends. */
const drip: Act = async (peer, good) => {
  for (let i = 0; !peer.isClosed; i++) {
    peer.say(i < 4 ? (good[i] ?? 'x') : 'x');
    await sleep(10);
  }
  await peer.silence();
};

/** Whole lines, none of which is the last. */
const dripLines: Act = async (peer, good) => {
  while (!peer.isClosed) {
    peer.say(`${good.slice(0, 3)}-not yet\r\n`);
    await sleep(10);
  }
  await peer.silence();
};

const timesOut = (phase: HostilePhase) => failedIn(phase, 'timeout');
/** Bytes instead of a handshake are another story, see tls.test.ts. */
const timesOutInSmtp = (phase: HostilePhase) => (phase.phase === 'tls' ? null : timesOut(phase));

hostile('a server that says nothing', [
  ...inEachPhase('is silent', silence, timesOut),
  ...betweenMessages('is silent', silence),
]);

hostile('a server that drips its reply', [
  ...inEachPhase('drips bytes', drip, timesOutInSmtp),
  ...inEachPhase('drips lines', dripLines, timesOutInSmtp),
  ...betweenMessages('drips bytes', drip),
]);
