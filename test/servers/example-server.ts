/**
 * The server of the README's examples: a private Dovecot on loopback that asks for SCRAM or a client certificate, takes
 * what it is sent and throws it away. Its certificates are written into a folder beside the scenario files.
 */
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { makeAuthority } from './certificates.js';
import { startDovecot } from './dovecot.js';
import { startSmtpSink } from './smtp-sink.js';

export interface ExampleServer {
  readonly port: number;
  log(): Promise<string>;
  stop(): Promise<void>;
}

/** As the README has it. */
export const EXAMPLE_PORT = 5870;
export const EXAMPLE_USER = 'alice';
export const EXAMPLE_PASSWORD = 'secret';

/** Writes `ca.pem`, `client.pem` and `client.key` into `folder`. Rejects when the port is taken. */
export async function startExampleServer(folder: string, port = EXAMPLE_PORT): Promise<ExampleServer> {
  await mkdir(folder, { recursive: true });
  const authority = await makeAuthority(resolve(folder), 'ca');
  const server = await authority.issue('localhost', 'server');
  await authority.issue(EXAMPLE_USER, 'client');
  const sink = await startSmtpSink();
  try {
    const dovecot = await startDovecot({
      users: { [EXAMPLE_USER]: EXAMPLE_PASSWORD },
      submissionPort: port,
      relayPort: sink.port,
      certificates: { caPath: authority.caPath, ...server },
    });
    const stop = async () => {
      await dovecot.stop();
      await sink.stop();
    };
    return { port, log: () => dovecot.log(), stop };
  } catch (error) {
    await sink.stop();
    throw error;
  }
}

/** Where this program writes, relative to where it is started. */
export const EXAMPLE_FOLDER = 'example-server';

export function exampleFiles(folder = EXAMPLE_FOLDER): readonly string[] {
  return ['ca.pem', 'client.pem', 'client.key'].map((name) => join(folder, name));
}
