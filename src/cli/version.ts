/**
 * Our own version, from package.json.
 */
import { createRequire } from 'node:module';

export function mailbenchVersion(): string {
  const require = createRequire(import.meta.url);
  return (require('../../package.json') as { version: string }).version;
}
