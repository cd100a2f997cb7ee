/** `npm run example-server`: runs the server of the README's examples until Ctrl-C, or another signal that asks it to end. */
import { once } from 'node:events';
import {
  EXAMPLE_FOLDER,
  EXAMPLE_PASSWORD,
  EXAMPLE_USER,
  exampleFiles,
  startExampleServer,
} from './example-server.js';

const server = await startExampleServer(EXAMPLE_FOLDER).catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
console.log(`A Dovecot listens on smtp://localhost:${server.port} (STARTTLS, AUTH).
User ${EXAMPLE_USER}, password ${EXAMPLE_PASSWORD}; ${exampleFiles().join(', ')}.
Ctrl-C ends it.`);
await Promise.race(['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => once(process, signal)));
await server.stop();
