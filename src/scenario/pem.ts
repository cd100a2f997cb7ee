/**
 * PEM files: text and private keys out of them, tried out while the scenario is resolved.
 *
 * Of a file that holds more than was asked for only that is kept. Never quotes a key. Faults are sentences.
 * RFC 7468 (PEM), RFC 5958 (private keys).
 */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { type Fault, type Limit, readBeside } from './files-beside.js';

export interface PrivateKey {
  readonly pem: string;
  readonly key: KeyObject;
}

export type PrivateKeyFault = Fault & { readonly at: 'key' | 'passphrase' };

const LIMIT: Limit = {
  bytes: 1024 * 1024,
  hint: 'Is it the right file? A PEM file of 1 MiB is large already.',
};
const PRIVATE_KEY = /-----BEGIN ((?:[A-Z0-9]+ )?PRIVATE KEY)-----[\s\S]*?-----END \1-----/;

/** One byte a character. */
export function readPem(path: string, folder: string): string | Fault {
  const content = readBeside(folder, path, LIMIT);
  return 'message' in content ? content : content.toString('latin1');
}

/** The first private key of a file. */
export function readPrivateKey(
  path: string,
  passphrase: string | undefined,
  folder: string,
): PrivateKey | PrivateKeyFault {
  const text = readPem(path, folder);
  if (typeof text !== 'string') return { at: 'key', ...text };
  const pem = PRIVATE_KEY.exec(text)?.[0];
  if (pem === undefined) return { at: 'key', ...noPem('private key', text) };
  try {
    return {
      pem: `${pem}\n`,
      key: createPrivateKey(passphrase === undefined ? pem : { key: pem, passphrase }),
    };
  } catch {
    return keyFault(pem, passphrase);
  }
}

/** Why there is no `wanted` in the text. */
export function noPem(wanted: string, text: string): Fault {
  const found = /-----BEGIN ([A-Z0-9 ]{1,40})-----/.exec(text)?.[1]?.toLowerCase();
  if (found !== undefined)
    return { message: `holds no ${wanted} but a ${found}`, hint: 'Name another file.' };
  // DER begins with a SEQUENCE.
  if (text.startsWith('\x30')) {
    const hint = 'Convert it: `openssl x509 -inform der` or `openssl pkey -inform der`.';
    return { message: `holds no ${wanted} in PEM; it looks like DER`, hint };
  }
  return { message: `holds no ${wanted} in PEM`, hint: 'PEM is text with -----BEGIN … lines.' };
}

/** What OpenSSL says of a key differs from version to version; what it can mean does not. */
function keyFault(pem: string, passphrase: string | undefined): PrivateKeyFault {
  const isEncrypted = /ENCRYPTED/.test(pem);
  if (isEncrypted && passphrase === undefined) {
    const hint = 'Add `passphrase: "${KEY_PASS}"` beside it.';
    return { at: 'key', message: 'is encrypted, and there is no passphrase', hint };
  }
  if (isEncrypted) {
    return {
      at: 'passphrase',
      message: 'does not open the private key',
      hint: 'Try it with `openssl pkey -in FILE`.',
    };
  }
  return {
    at: 'key',
    message: 'is no private key that OpenSSL can read',
    hint: 'Try it with `openssl pkey -in FILE`.',
  };
}
