/** Starts null-server.ts in a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SERVER = fileURLToPath(new URL('./null-server.js', import.meta.url));

export interface NullServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** The server also ends with this process, however that ends. */
export async function startNullServer(): Promise<NullServer> {
  const child = spawn(process.execPath, [SERVER], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const stop = async () => {
    child.stdin.end();
    await once(child, 'exit');
  };
  return { port: Number(line), stop };
}
