// What an application pays that imports the whole main entry, minified, without Nest and the other peers.
export default [
  {
    name: 'nestjs-tempid',
    path: 'dist/index.js',
    limit: '50 kB',
    modifyEsbuildConfig: (config) => ({ ...config, platform: 'node', format: 'esm' }),
  },
];
