import { mkdirSync, writeFileSync, copyFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { type Claim, handOverClaims } from './claims.js';
import { type Block, fileOf, importsOf, linkedFilesOf } from './pages.js';

/** Where a block was written, and the module that was made of it. */
export interface Example extends Block {
  readonly file: string;
  readonly module: string;
  /** Modules of the same page that it imports. */
  readonly imports: readonly string[];
}

export interface Compiled {
  readonly examples: readonly Example[];
  readonly claims: readonly Claim[];
  /** What the compiler says, by page and line. */
  readonly errors: readonly string[];
}

/**
 * Writes each block as a module of its own and compiles all of them in one program, as strictly as this project itself.
 *
 * `folder` lies in the repository, so that `nestjs-tempid` and all packages are found from there.
 */
export function compile(blocks: readonly Block[], folder: string): Compiled {
  const sources = join(folder, 'src');
  const modules = join(folder, 'out');
  const moduleOf = (path: string) => join(modules, relative(sources, path)).replace(/\.ts$/, '.js');

  const copies = new Set<string>();
  const examples = blocks.map((block): Example => {
    const home = join(sources, block.page.replace(/\.md$/, ''));
    const path = join(home, fileOf(block));
    write(path, block.code);
    const own = linkedFilesOf(block.page);
    const imports = importsOf(block.code).map((name) => join(dirname(path), name));
    for (const copy of imports) {
      const original = own.get(relative(home, copy));
      if (original) copyFileSync(original, copy);
      copies.add(copy);
    }
    return {
      ...block,
      file: fileOf(block),
      module: moduleOf(path),
      imports: imports.map(moduleOf),
    };
  });

  const pathOf = (example: Example) =>
    join(sources, relative(modules, example.module)).replace(/\.js$/, '.ts');
  const byPath = new Map(examples.map((example) => [pathOf(example), example]));
  const placeOf = (path: string, line: number) => {
    const example = byPath.get(path);
    return example
      ? `${example.page}:${example.line + line}`
      : `${relative('.', path)}:${line + 1}`;
  };

  const program = ts.createProgram([...byPath.keys(), ...copies], {
    ...optionsOfThisProject(),
    outDir: modules,
    rootDir: sources,
  });
  const errors = ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
    const text = ts.flattenDiagnosticMessageText(messageText, ' ');
    if (!file) return text;
    return `${placeOf(file.fileName, file.getLineAndCharacterOfPosition(start).line)} ${text}`;
  });

  const claims: Claim[] = [];
  program.emit(undefined, undefined, undefined, false, { before: [handOverClaims(claims)] });
  return {
    examples,
    errors,
    claims: claims.map((claim) => ({ ...claim, file: placeOf(claim.file, claim.line - 1) })),
  };
}

function optionsOfThisProject(): ts.CompilerOptions {
  const { config } = ts.readConfigFile('tsconfig.json', (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(
    { ...config, include: [], files: ['none'] },
    ts.sys,
    '.',
  );
  return { ...options, noEmit: false };
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { flag: 'wx' });
}
