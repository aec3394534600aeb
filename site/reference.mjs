// The reference of what the package exports, by TypeDoc from the docstrings.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Application, ReflectionKind } from 'typedoc';
import { sourceUrl } from './markdown.mjs';

/**
 * Writes Markdown into `folder` for each entry of package.json. Returns its contents, as
 * `[{ title, path, children }]`.
 * @throws Error where a docstring links to what is not there
 */
export async function writeReference(root, folder) {
  const { name, exports, repository } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  const sources = new Map(
    Object.keys(exports)
      .filter((entry) => entry !== './package.json')
      .map((entry) => [sourceOf(root, entry), entry.replace('.', name)]),
  );
  const application = await Application.bootstrapWithPlugins({
    plugin: ['typedoc-plugin-markdown'],
    entryPoints: [...sources.keys()],
    tsconfig: join(root, 'tsconfig.build.json'),
    basePath: root,
    name: 'API reference',
    readme: 'none',
    logLevel: 'Warn',
    excludeExternals: true,
    excludeInternal: true,
    excludePrivate: true,
    disableGit: true,
    sourceLinkTemplate: `${sourceUrl(repository, '{path}')}#L{line}`,
    disableSources: !sourceUrl(repository, ''),
    validation: {
      invalidLink: true,
      notExported: false,
      notDocumented: false,
      unusedMergeModuleWith: true,
    },
    outputs: [{ name: 'markdown', path: folder }],
    entryFileName: 'index.md',
    hidePageHeader: true,
    hideBreadcrumbs: true,
    useCodeBlocks: true,
    parametersFormat: 'table',
    tableColumnSettings: {
      hideModifiers: true,
      hideInherited: true,
      hideOverrides: true,
      hideSources: true,
    },
    indexFormat: 'table',
    pageTitleTemplates: { module: ({ name: module }) => module },
    navigationModel: { excludeFolders: true },
    navigationJson: join(folder, 'contents.json'),
  });
  const project = await application.convert();
  if (!project) throw new Error('TypeDoc could not read src/.');
  application.validate(project);
  if (application.logger.hasWarnings() || application.logger.hasErrors())
    throw new Error('TypeDoc has found the faults above in docstrings.');
  // TypeDoc names a module by its folder, and a reader by what is imported.
  for (const module of project.children)
    module.name = sources.get(join(root, module.name, 'index.ts'));
  tidy(project);
  await application.generateOutputs(project);
  return JSON.parse(readFileSync(join(folder, 'contents.json'), 'utf8'));
}

/** Says everything once: what overloads share, where errors come from, and a constructor where it is written. */
function tidy(project) {
  const errors = new Map(
    project
      .getReflectionsByKind(ReflectionKind.Class)
      .filter(({ name }) => name.endsWith('Error'))
      .map((reflection) => [reflection.name, reflection]),
  );
  const inherited = project
    .getReflectionsByKind(ReflectionKind.Constructor)
    .filter(({ inheritedFrom }) => inheritedFrom);
  for (const reflection of inherited) project.removeReflection(reflection);

  for (const { signatures = [] } of project.getReflectionsByKind(ReflectionKind.All)) {
    const [first, ...others] = signatures;
    if (first?.comment) listThrows(first.comment, errors);
    for (const other of others) {
      if (other.comment && textOf(other.comment) === textOf(first.comment)) delete other.comment;
      else if (other.comment) listThrows(other.comment, errors);
    }
  }
}

const textOf = (comment) => comment && comment.summary.map(({ text }) => text).join('');

/** One list of all that is thrown, in which the name of an error leads to it. */
function listThrows(comment, errors) {
  const thrown = comment.getTags('@throws');
  if (thrown.length === 0) return;
  const [first] = thrown;
  first.content = thrown.flatMap(({ content }) => [
    ...(thrown.length > 1 ? [{ kind: 'text', text: '- ' }] : []),
    ...content.flatMap((part) => (part.kind === 'text' ? linked(part.text, errors) : [part])),
    { kind: 'text', text: '\n' },
  ]);
  comment.blockTags = comment.blockTags.filter((tag) => tag === first || tag.name !== '@throws');
}

const linked = (text, errors) =>
  text.split(/\b(TempID\w+Error)\b/).map((piece) => {
    const target = errors.get(piece);
    return target
      ? { kind: 'inline-tag', tag: '@link', text: piece, target }
      : { kind: 'text', text: piece };
  });

/** The file of src/ that an entry of package.json is made of. */
function sourceOf(root, entry) {
  const candidates = ['src', 'src/stores'].map((folder) => join(root, folder, entry, 'index.ts'));
  const source = candidates.find(existsSync);
  if (!source)
    throw new Error(
      `${entry} is an entry of package.json, but none of ${candidates.join(', ')} is there.`,
    );
  return source;
}
