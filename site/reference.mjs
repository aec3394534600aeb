// The reference of what the package exports, by TypeDoc from the docstrings.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Application } from 'typedoc';
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
    interfacePropertiesFormat: 'table',
    typeAliasPropertiesFormat: 'table',
    tableColumnSettings: {
      hideModifiers: true,
      hideInherited: true,
      hideOverrides: true,
      hideSources: true,
    },
    pageTitleTemplates: { module: ({ name: module }) => `\`${module}\`` },
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
  await application.generateOutputs(project);
  return JSON.parse(readFileSync(join(folder, 'contents.json'), 'utf8'));
}

/** The file of src/ that an entry of package.json is made of. */
function sourceOf(root, entry) {
  const candidates = ['src', 'src/stores'].map((folder) => join(root, folder, entry, 'index.ts'));
  const source = candidates.find(existsSync);
  if (!source)
    throw new Error(`${entry} is an entry of package.json, but none of ${candidates} is there.`);
  return source;
}
