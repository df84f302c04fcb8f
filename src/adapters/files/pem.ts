import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { TlsIdentity } from '../../domain/connections.js';
import { reasonOf, StreamlabError } from '../../errors.js';

/** The files of one system, each with the setting that names it; relative to the working directory. */
export interface PemFiles {
  ca: PemFile | undefined;
  cert: PemFile | undefined;
  key: PemFile | undefined;
  /** Of an encrypted key. */
  keyPassword: string | undefined;
}

export interface PemFile {
  setting: string;
  path: string;
}

/**
 * Reads certificates and key. The key comes back as PKCS #8 without encryption, the one form that Node, Java and
 * ClickHouse all take; it is kept in memory only.
 * @throws StreamlabError INVALID_CONFIG naming the setting and the file
 */
export async function readTlsIdentity(files: PemFiles): Promise<TlsIdentity> {
  const [ca, cert, key] = await Promise.all([
    files.ca === undefined ? undefined : readCertificates(files.ca),
    files.cert === undefined ? undefined : readCertificates(files.cert),
    files.key === undefined ? undefined : readKey(files.key, files.keyPassword),
  ]);
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

const certificate = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** Only the certificates: what openssl writes around them for people is left out. */
async function readCertificates(file: PemFile): Promise<string> {
  const found = (await read(file)).match(certificate) ?? [];
  if (found.length === 0) throw unusable(file, 'it has no certificate in PEM form');
  try {
    for (const pem of found) new X509Certificate(pem);
  } catch (error) {
    throw unusable(file, reasonOf(error), error);
  }
  return `${found.join('\n')}\n`;
}

async function readKey(file: PemFile, password: string | undefined): Promise<string> {
  const pem = await read(file);
  if (password === undefined && pem.includes('ENCRYPTED')) {
    throw unusable(file, 'it is encrypted, and no password for it is given');
  }
  try {
    const key = createPrivateKey({ key: pem, ...(password === undefined ? {} : { passphrase: password }) });
    return key.export({ type: 'pkcs8', format: 'pem' }).toString();
  } catch (error) {
    throw unusable(file, reasonOf(error), error);
  }
}

async function read(file: PemFile): Promise<string> {
  try {
    return await readFile(resolve(file.path), 'utf8');
  } catch (error) {
    throw unusable(file, reasonOf(error), error);
  }
}

function unusable({ setting, path }: PemFile, reason: string, cause?: unknown): StreamlabError {
  return new StreamlabError('INVALID_CONFIG', `${setting}: ${path} cannot be used: ${reason}.`, {
    suggestions: [
      `${setting} names a PEM file.`,
      ...(setting.endsWith('Key')
        ? [
            `The password of an encrypted key: STREAMLAB_${setting.replace('Key', '').toUpperCase()}_KEY_PASSWORD.`,
          ]
        : []),
    ],
    cause,
  });
}
