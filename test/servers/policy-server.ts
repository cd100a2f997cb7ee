/**
 * A policy server for Postfix (SMTPD_POLICY_README): its answer to each request is a function of the test's.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** The attributes of a request: `client_port`, `sender`, `recipient`, `instance`… */
export type PolicyRequest = Readonly<Record<string, string>>;

export interface PolicyServer {
  /** For a list of restrictions, e.g. `smtpd_recipient_restrictions`. */
  readonly restriction: string;
  stop(): Promise<void>;
}

/** `decide` returns an action of access(5), e.g. `DUNNO` or `421 4.3.2 come back later`, `afterMs` later. */
export async function startPolicyServer(
  decide: (request: PolicyRequest) => string,
  afterMs = 0,
): Promise<PolicyServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // Postfix may be stopped in the middle of a request.
    socket.on('error', () => {});
    let text = '';
    socket.setEncoding('utf8').on('data', (data: string) => {
      const requests = (text + data).split('\n\n');
      text = requests.pop() ?? '';
      for (const request of requests) {
        const answer = `action=${decide(attributesOf(request))}\n\n`;
        if (afterMs === 0) socket.write(answer);
        else setTimeout(() => socket.write(answer), afterMs);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    restriction: `check_policy_service inet:127.0.0.1:${port}`,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function attributesOf(request: string): PolicyRequest {
  return Object.fromEntries(
    request.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}
