/** Exact in one process, and forgotten with it. */
export { MemoryTempIDStore as default } from 'nestjs-tempid';
