import { reasonOf, StreamlabError, type ErrorCode } from '../../errors.js';

interface Cure {
  code: ErrorCode;
  says: string;
  next: string;
}

const notYours: Cure = {
  code: 'NOT_PERMITTED',
  says: 'you may not',
  next: 'Name a file that is yours, or change its permissions.',
};
const full = (says: string): Cure => ({
  code: 'DISK_FULL',
  says,
  next: 'Make room, or name a file on another disk.',
});

const cures: Readonly<Record<string, Cure>> = {
  ENOENT: {
    code: 'INVALID_FILE',
    says: 'there is no such file or folder',
    next: 'Check the name; a folder that is not there has to be made first.',
  },
  ENOTDIR: { code: 'INVALID_FILE', says: 'a part of the path is not a folder', next: 'Check the path.' },
  EISDIR: { code: 'INVALID_FILE', says: 'it is a folder', next: 'Name a file in it.' },
  EACCES: notYours,
  EPERM: notYours,
  EROFS: { code: 'NOT_PERMITTED', says: 'its file system is read-only', next: 'Name a file elsewhere.' },
  ENOSPC: full('the disk is full'),
  EDQUOT: full('your disk quota is used up'),
  EFBIG: {
    code: 'DISK_FULL',
    says: 'the file is as large as its file system allows',
    next: 'Name a file on another disk.',
  },
};

/**
 * The StreamlabError for what went wrong with a file that a flag names.
 * @param doing `read` or `written`
 */
export function fileError(
  flag: string,
  path: string,
  doing: 'read' | 'written',
  error: unknown,
): StreamlabError {
  const { code = '' } = error as NodeJS.ErrnoException;
  const cure = cures[code];
  return new StreamlabError(
    cure?.code ?? 'INVALID_FILE',
    `${flag} ${path} cannot be ${doing}: ${cure?.says ?? reasonOf(error)}.`,
    { suggestions: cure === undefined ? [] : [cure.next], cause: error },
  );
}
