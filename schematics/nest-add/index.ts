import type { Rule, SchematicContext, Tree } from '@angular-devkit/schematics';
import { NodePackageInstallTask } from '@angular-devkit/schematics/tasks';
import { addVariables, ignore } from './environment';
import { addExample, exampleOf } from './example';
import { addToModule } from './module-file';
import type { NestAddOptions } from './options';
import { addPackages } from './packages';
import { readProject } from './project';
import { findRootModule } from './root-module';
import { type Setup, setupOf } from './setup';

/**
 * What `nest add nestjs-tempid` runs. It changes nothing of an application that imports TempIDModule.
 *
 * @throws SchematicsException where the project is not as it must be; nothing is written then
 */
export function nestAdd(options: NestAddOptions): Rule {
  return (tree, context) => {
    const project = readProject(tree, options.sourceRoot);
    if (project.callsForRoot('nestjs-tempid', 'TempIDModule')) {
      context.logger.info(
        'This application imports TempIDModule already: nothing is changed. A secret and a store are described in ' +
          'docs/configuration.md of nestjs-tempid.',
      );
      return tree;
    }
    const root = findRootModule(tree, options);
    const others = options.example ? [exampleOf(project)] : [];
    const setup = setupOf(options.store, project, ...others);
    addToModule(tree, root, setup);
    addEnvironment(tree, setup, context);
    installPackages(tree, setup, options, context);
    for (const note of setup.notes) context.logger.warn(note);
    return options.example ? addExample(root, project) : tree;
  };
}

function addEnvironment(
  tree: Tree,
  { variables, ignored }: Setup,
  { logger }: SchematicContext,
): void {
  const names = addVariables(tree, variables);
  if (names.length > 0) logger.info(`Into .env: ${names.join(' and ')}.`);
  if (ignore(tree, ignored)) return;
  logger.warn(`There is no .gitignore: keep ${ignored.join(' and ')} out of the repository.`);
}

function installPackages(
  tree: Tree,
  { packages }: Setup,
  { skipInstall }: NestAddOptions,
  context: SchematicContext,
): void {
  const names = addPackages(tree, packages);
  if (names.length === 0 || skipInstall) return;
  // A script of better-sqlite3 fetches or compiles it.
  context.addTask(new NodePackageInstallTask({ allowScripts: names.includes('better-sqlite3') }));
}
