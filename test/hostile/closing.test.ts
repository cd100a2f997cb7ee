/** Servers that go: FIN, RST and 421 in every phase, within a reply and between messages. */
import type { Act } from './good-dialog.js';
import { hostile } from './hostile-run.js';
import { betweenMessages, failedIn, type HostilePhase, inEachPhase } from './phases.js';
import { turns } from './raw-server.js';

const fin: Act = (peer) => {
  peer.fin();
  return peer.silence();
};

const finInReply: Act = (peer, good) => {
  peer.say(good.slice(0, -2));
  peer.fin();
  return peer.silence();
};

/** Later than what was said before: where both come at once, libuv reports an ordinary end. */
const reset: Act = async (peer) => {
  await turns(5);
  peer.reset();
  await peer.silence();
};

const GOING = '421 4.3.2 going down\r\n';
const CLASSES_OF_421: Readonly<Record<string, string>> = {
  GREETING: 'connection_limit',
  STARTTLS: 'tls',
  AUTH: 'smtp_auth',
};

const refusedIn = ({ phase }: HostilePhase) =>
  phase === 'tls' ? null : `rejected ${phase} 421 ${CLASSES_OF_421[phase] ?? 'throttled'}`;

hostile('a server that sends FIN', [
  ...inEachPhase('closes', fin, (phase) => failedIn(phase, 'closed')),
  ...inEachPhase('closes within its reply', finInReply, (phase) =>
    phase.phase === 'tls' ? null : failedIn(phase, 'closed'),
  ),
  ...betweenMessages('closes', fin),
]);

hostile('a server that sends RST', [
  ...inEachPhase('resets', reset, (phase) =>
    phase.phase === 'tls' ? 'failed tls tls tls' : failedIn(phase, 'reset'),
  ),
  ...betweenMessages('resets', reset),
]);

hostile('a server that says 421', [
  ...inEachPhase('goes', GOING, refusedIn),
  ...betweenMessages('goes', GOING),
]);
