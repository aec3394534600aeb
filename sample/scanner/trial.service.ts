import { Injectable } from '@nestjs/common';
import { type TempID, type TempIDKind, TempIDService, type UsesInfo } from 'nestjs-tempid';
import { type Look, LOOKS } from './looks.js';
import { Careful, Naive } from './scanned.kinds.js';
import { Scanner, type Sight } from './scanner.service.js';

/** What a look saw, and what it left. */
export interface Finding extends Sight {
  readonly uses: UsesInfo;
  /** Whether this look was the one that spent a use. */
  readonly spends: boolean;
}

export interface ScannedLink {
  readonly path: string;
  /** One for each of {@link LOOKS}. */
  readonly findings: readonly Finding[];
}

export interface Trial {
  readonly careful: ScannedLink;
  readonly naive: ScannedLink;
}

/** Makes two links that work once, and looks at them in every way of a scanner. */
@Injectable()
export class Trials {
  constructor(
    private readonly tempid: TempIDService,
    private readonly scanner: Scanner,
  ) {}

  async run(): Promise<Trial> {
    const [careful, naive] = await Promise.all([
      this.scan(Careful, '/scanner/open'),
      this.scan(Naive, '/scanner/naive'),
    ]);
    return { careful, naive };
  }

  private async scan(kind: TempIDKind<null>, address: string): Promise<ScannedLink> {
    const token = await this.tempid.mint(kind);
    const path = this.tempid.link(address, token);
    const findings: Finding[] = [];
    for (const look of LOOKS) findings.push(await this.find(path, token, look));
    return { path, findings };
  }

  private async find(path: string, token: TempID<null>, look: Look): Promise<Finding> {
    const before = await this.tempid.usesInfo(token);
    const sight = await this.scanner.look(path, look);
    const uses = await this.tempid.usesInfo(token);
    return { ...sight, uses, spends: uses.left !== before.left };
  }
}
