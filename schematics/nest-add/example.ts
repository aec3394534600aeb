import { posix } from 'node:path';
import {
  apply,
  applyTemplates,
  filter,
  forEach,
  mergeWith,
  move,
  type Rule,
  url,
} from '@angular-devkit/schematics';
import type { ModuleAddition } from './module-file';
import type { Project } from './project';
import type { RootModule } from './root-module';

const FOLDER = 'tempid-example';

/** What the root module has of the example. */
export const exampleOf = (project: Project): Partial<ModuleAddition> => ({
  names: {
    [`./${FOLDER}/tempid-example.controller${extensionOf(project)}`]: ['TempIDExampleController'],
  },
  controllers: ['TempIDExampleController'],
});

/** The example with its test, beside the root module. A file that is there stays as it is. */
export function addExample(root: RootModule, project: Project): Rule {
  const { isFastify, testRunner } = project;
  return (tree, { logger }) => {
    if (testRunner === null)
      logger.warn('The example has no test: there is neither Jest nor Vitest.');
    const files = apply(url('./files'), [
      filter((path) => testRunner !== null || !path.includes('.spec.')),
      applyTemplates({ extension: extensionOf(project), isFastify, testRunner }),
      move(posix.join(posix.dirname(root.path), FOLDER)),
      forEach((file) => (tree.exists(file.path) ? null : file)),
    ]);
    return mergeWith(files);
  };
}

/** What a relative import ends with. */
const extensionOf = ({ isEsm }: Project) => (isEsm ? '.js' : '');
