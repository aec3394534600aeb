// npm runs this before `npm publish`. The project's address stands in package.json and nowhere else.
import { readFileSync } from 'node:fs';

const NEEDED = {
  author: { form: /\S/, example: 'a name' },
  homepage: { form: /^https:\/\/\S+$/, example: 'https://…' },
  'bugs.url': { form: /^https:\/\/\S+$/, example: 'https://…' },
  // The form that npm compares with the provenance.
  'repository.url': { form: /^git\+https:\/\/\S+\.git$/, example: 'git+https://….git' },
};

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const valueAt = (path) => path.split('.').reduce((value, key) => value?.[key], manifest) ?? '';

const missing = Object.entries(NEEDED)
  .filter(([path, { form }]) => !form.test(valueAt(path)))
  .map(([path, { example }]) => `${path} (${example})`);

if (missing.length > 0) {
  console.error(`Not published. Fill in these fields of package.json: ${missing.join(', ')}.`);
  process.exitCode = 1;
}
