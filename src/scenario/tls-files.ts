/**
 * The PEM files of `target.tls`, read and tried out: authorities, client certificate, private key.
 *
 * What they hold is parsed here, so that a wrong file is a problem of the scenario and not of 10,000 handshakes. Of a
 * file that holds more than was asked for (a key beside its certificate) only that is kept. Never quotes a key.
 * RFC 7468 (PEM), RFC 5958 (private keys).
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { type Fault, type Limit, readBeside } from './files-beside.js';
import type { TlsOptions } from './scenario.js';
import type { ScenarioWords } from './schema/schema.js';

export type TlsFileKey = 'ca' | 'cert' | 'key';
export type TlsFault = Fault & { readonly at: TlsFileKey | 'passphrase' };
export type TlsFiles = Pick<TlsOptions, TlsFileKey>;
type TlsWords = ScenarioWords['target']['tls'];

const LIMIT: Limit = {
  bytes: 1024 * 1024,
  hint: 'Is it the right file? A PEM file of 1 MiB is large already.',
};
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;
const PRIVATE_KEY = /-----BEGIN ((?:[A-Z0-9]+ )?PRIVATE KEY)-----[\s\S]*?-----END \1-----/;

/** Reports every file that cannot be used; what is null then is missing. */
export function readTlsFiles(words: TlsWords, folder: string, report: (fault: TlsFault) => void): TlsFiles {
  const { ca, cert, key, passphrase } = words;
  const reading: Reading = { folder, report };
  const authorities = ca === undefined ? null : readCertificates('ca', ca, reading);
  const chain = cert === undefined ? null : readCertificates('cert', cert, reading);
  const privateKey = key === undefined ? null : readKey(key, passphrase, reading);
  if (chain !== null && privateKey !== null && !chain.leaf.checkPrivateKey(privateKey.key)) {
    report({
      at: 'key',
      message: 'does not belong to the certificate',
      hint: 'Name the key that it was made with.',
    });
  }
  return { ca: authorities?.pem ?? null, cert: chain?.pem ?? null, key: privateKey?.pem ?? null };
}

interface Reading {
  readonly folder: string;
  readonly report: (fault: TlsFault) => void;
}

function readCertificates(
  at: 'ca' | 'cert',
  path: string,
  reading: Reading,
): { readonly pem: string; readonly leaf: X509Certificate } | null {
  const text = readText(at, path, reading);
  if (text === null) return null;
  const blocks = text.match(CERTIFICATE) ?? [];
  const parsed = blocks.map(parseCertificate);
  const broken = parsed.indexOf(null);
  const [leaf] = parsed;
  if (leaf === undefined) reading.report({ at, ...noPem('certificate', text) });
  else if (leaf !== null && broken === -1) return { pem: `${blocks.join('\n')}\n`, leaf };
  else {
    const message = `holds a certificate that cannot be read, the ${broken + 1}. of ${blocks.length}`;
    reading.report({ at, message, hint: 'Try it with `openssl x509 -text -noout -in FILE`.' });
  }
  return null;
}

function parseCertificate(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem);
  } catch {
    return null;
  }
}

function readKey(
  path: string,
  passphrase: string | undefined,
  reading: Reading,
): { readonly pem: string; readonly key: KeyObject } | null {
  const text = readText('key', path, reading);
  if (text === null) return null;
  const pem = PRIVATE_KEY.exec(text)?.[0];
  if (pem === undefined) {
    reading.report({ at: 'key', ...noPem('private key', text) });
    return null;
  }
  try {
    return {
      pem: `${pem}\n`,
      key: createPrivateKey(passphrase === undefined ? pem : { key: pem, passphrase }),
    };
  } catch {
    reading.report(keyFault(pem, passphrase));
    return null;
  }
}

/** What OpenSSL says of a key differs from version to version; what it can mean does not. */
function keyFault(pem: string, passphrase: string | undefined): TlsFault {
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

function readText(at: TlsFileKey, path: string, { folder, report }: Reading): string | null {
  const content = readBeside(folder, path, LIMIT);
  if (!('message' in content)) return content.toString('latin1');
  report({ at, ...content });
  return null;
}

function noPem(wanted: string, text: string): Fault {
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
