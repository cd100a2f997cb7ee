/**
 * TLS context: what OpenSSL is told once for all connections of a shard: versions, ciphers, authorities, our certificate.
 *
 * Made once because making it for every connection costs a fifth of the CPU time of a full handshake. Opens no socket.
 * RFC 8446, RFC 5246.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import tls from 'node:tls';
import { UsageError } from '../errors.js';
import type { TlsOptions } from '../scenario/scenario.js';

export interface TlsSettings {
  readonly options: TlsOptions;
  /** null where no TLS is wanted. */
  readonly context: tls.SecureContext | null;
}

/** Throws a UsageError when OpenSSL does not take the options, so that a run fails before it begins. */
export function createTlsSettings(options: TlsOptions): TlsSettings {
  return { options, context: options.mode === 'none' ? null : createContext(options) };
}

function createContext(options: TlsOptions): tls.SecureContext {
  const { minVersion, maxVersion, ciphers, ca, cert, key, passphrase } = options;
  try {
    const context = tls.createSecureContext({
      ...{ minVersion, maxVersion },
      ...(ciphers !== null && { ciphers }),
      ...(ca !== null && { ca }),
      ...(cert !== null && { cert }),
      ...(key !== null && { key }),
      ...(passphrase !== null && { passphrase }),
    });
    checkWhatOpenSslDoesNot(options);
    return context;
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    throw new UsageError('TLS_OPTIONS_INVALID', `target.tls cannot be used: ${message}`, {
      hint: hintFor(code),
      cause,
    });
  }
}

/** It takes these in silence, and handshakes fail, or go without a certificate. */
function checkWhatOpenSslDoesNot({ minVersion, maxVersion, ca, cert, key, passphrase }: TlsOptions): void {
  // The names sort as the versions do.
  if (minVersion > maxVersion) throw new Error(`minVersion ${minVersion} is above maxVersion ${maxVersion}`);
  if (ca !== null) new X509Certificate(ca);
  if (cert === null || key === null) return;
  const privateKey = createPrivateKey({ key, ...(passphrase !== null && { passphrase }) });
  if (!new X509Certificate(cert).checkPrivateKey(privateKey))
    throw Object.assign(new Error('key values mismatch'), { code: 'VALUES_MISMATCH' });
}

function hintFor(code: string): string {
  if (/CIPHER/.test(code))
    return 'Look at target.tls.ciphers: `openssl ciphers -v LIST` prints what a list means.';
  if (/VALUES_MISMATCH/.test(code))
    return 'The private key in target.tls.key does not belong to the certificate.';
  if (/DECRYPT|PASS/.test(code)) return 'Look at target.tls.passphrase: it does not open the private key.';
  return 'Look at target.tls: ca, cert and key must be PEM, and minVersion not above maxVersion.';
}
