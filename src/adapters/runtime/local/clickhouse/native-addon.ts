import { createRequire } from 'node:module';

/** The two functions of chdb's native addon that its JavaScript does not offer (chdb-node, lib/chdb_node.cpp). */
export interface NativeAddon {
  CloseConnection(connection: unknown): void;
  InsertRawAsyncConnection(
    connection: unknown,
    sql: string,
    data: Buffer,
    countLines: boolean,
  ): Promise<{ rowsWritten: number; bytesWritten: number }>;
}

let loaded: NativeAddon | null | undefined;

/** The addon chdb itself has loaded, or null where it cannot be found: the caller then does without. */
export function nativeAddon(): NativeAddon | null {
  loaded ??= load();
  return loaded;
}

function load(): NativeAddon | null {
  const libc = process.platform === 'linux' ? '-gnu' : '';
  try {
    const chdb = createRequire(import.meta.url).resolve('chdb');
    const addon: unknown = createRequire(chdb)(`@chdb/lib-${process.platform}-${process.arch}${libc}`);
    return isAddon(addon) ? addon : null;
  } catch {
    return null;
  }
}

function isAddon(value: unknown): value is NativeAddon {
  return (
    typeof value === 'object' &&
    value !== null &&
    'CloseConnection' in value &&
    'InsertRawAsyncConnection' in value
  );
}
