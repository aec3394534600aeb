/** Stands for @fastify/static, which Mercurius loads for GraphiQL, and Jest cannot on Node.js 20. */
module.exports = () => {
  throw new Error('The tests serve no files.');
};
