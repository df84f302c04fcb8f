import { coordinatesOf, formatMegabytes, totalBytes, type Artifact } from '../../../domain/artifacts.js';
import { reasonOf, StreamlabError } from '../../../errors.js';

export function checksumMismatch(
  artifact: Artifact,
  from: string,
  actual: { bytes: number; sha256?: string },
): StreamlabError {
  const expected = `${artifact.bytes} bytes, sha256 ${artifact.sha256}`;
  const sum = actual.sha256 === undefined ? '' : `, sha256 ${actual.sha256}`;
  return new StreamlabError('CHECKSUM_MISMATCH', `${coordinatesOf(artifact)} is not the file it should be.`, {
    evidence: [`from     ${from}`, `expected ${expected}`, `received ${actual.bytes} bytes${sum}`],
    suggestions: [
      'The file was thrown away. Try again; a proxy or a login page on the way may have answered instead.',
      'If it happens again, do not use this source: name another with STREAMLAB_ARTIFACT_MIRROR.',
    ],
  });
}

export function downloadFailed(
  artifact: Artifact,
  from: string,
  why: string,
  cause?: unknown,
): StreamlabError {
  const isProxySet = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'].some(
    (name) => (process.env[name] ?? '') !== '',
  );
  return new StreamlabError('DOWNLOAD_FAILED', `Cannot download ${coordinatesOf(artifact)}: ${why}`, {
    evidence: [`from ${from}`],
    suggestions: [
      'Try again: what has arrived is kept, and the download goes on from there.',
      'Behind a firewall, name a Maven repository that you can reach with STREAMLAB_ARTIFACT_MIRROR.',
      ...(isProxySet
        ? [
            'A proxy is set, which Node uses for downloads only from version 24 on, with NODE_USE_ENV_PROXY=1.',
          ]
        : []),
    ],
    cause,
  });
}

export function offlineIncomplete(missing: readonly Artifact[], folder: string): StreamlabError {
  const size = formatMegabytes(totalBytes(missing));
  const what = missing.length === 1 ? 'an artifact is' : `${missing.length} artifacts (${size} MB) are`;
  return new StreamlabError('OFFLINE_INCOMPLETE', `Offline, and ${what} not in the cache ${folder}.`, {
    evidence: shortened(missing.map(coordinatesOf)),
    suggestions: ['Run it once without --offline while the network is there.'],
  });
}

export function diskFull(folder: string, neededBytes: number, free?: number): StreamlabError {
  const room = free === undefined ? 'is full' : `has ${formatMegabytes(free)} MB free`;
  return new StreamlabError(
    'DISK_FULL',
    `The disk of ${folder} ${room}; the artifacts need ${formatMegabytes(neededBytes)} MB more.`,
    { suggestions: ['Free some space, or put the cache on another disk with XDG_CACHE_HOME.'] },
  );
}

/** What the file system says, as an error of ours, where it is one that a person can mend. */
export function asFileSystemError(error: unknown, folder: string, neededBytes: number): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'ENOSPC' || code === 'EDQUOT') return diskFull(folder, neededBytes);
  if (code !== 'EACCES' && code !== 'EPERM' && code !== 'EROFS') return error;
  return new StreamlabError('NOT_PERMITTED', `Cannot write to the cache ${folder}: ${reasonOf(error)}`, {
    suggestions: ['Make it yours to write, or put the cache elsewhere with XDG_CACHE_HOME.'],
    cause: error,
  });
}

function shortened(lines: readonly string[]): string[] {
  const shown = lines.slice(0, 8);
  return lines.length > 8 ? [...shown, `and ${lines.length - 8} more`] : shown;
}
