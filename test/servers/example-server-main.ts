/** `npm run example-server`: runs the server of the README's examples until Ctrl-C. */
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
await once(process, 'SIGINT');
await server.stop();
