// Starts the application of an example in a process of its own, which is told by messages what to call there.
import { ValidationPipe } from '@nestjs/common';
import { ModulesContainer, NestFactory } from '@nestjs/core';
import session from 'express-session';

const { AppModule } = await import(process.argv[2]);
const app = await NestFactory.create(AppModule, { logger: false, abortOnError: false });
app.useGlobalPipes(
  new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }),
);
app.use(session({ secret: 'of the tests', resave: false, saveUninitialized: false }));
await app.listen(0, '127.0.0.1');

const instances = [...app.get(ModulesContainer).values()].flatMap(({ providers }) => [
  ...providers.values(),
]);

process.on('message', async ({ name, member, args }) => {
  const { instance } = instances.find(({ metatype }) => metatype?.name === name);
  const value = instance[member];
  process.send(typeof value === 'function' ? await value.apply(instance, args) : value);
});
process.on('disconnect', () => app.close());
process.send(await app.getUrl());
