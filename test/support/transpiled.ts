import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';

/**
 * Sources as JavaScript in a folder of their own, with all that they import: for programs that a test starts, and kills,
 * as processes. Types are not checked.
 * @returns the folder, which stands for the repository's
 */
export async function transpiled(sources: readonly string[]): Promise<string> {
  const cache = resolve('node_modules/.cache');
  await mkdir(cache, { recursive: true });
  // Below node_modules, so that packages are found.
  const folder = await mkdtemp(join(cache, 'transpiled-'));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  const seen = new Set<string>();
  const add = async (source: string): Promise<void> => {
    if (seen.has(source)) return;
    seen.add(source);
    const { outputText } = ts.transpileModule(await readFile(source, 'utf8'), {
      compilerOptions: {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
      },
    });
    const target = join(folder, relative('.', source)).replace(/\.ts$/, '.js');
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, outputText);
    const imported = [...outputText.matchAll(/from '(\.[^']+)\.js'/g)].map(([, path]) => `${path ?? ''}.ts`);
    for (const path of imported) await add(join(dirname(source), path));
  };
  for (const source of sources) await add(source);
  return folder;
}
