import { Body, Controller, Get, NotFoundException, Post, Query, Redirect } from '@nestjs/common';
import { problemOfName, typed } from '../pages/text.js';
import { teamPage, teamPath } from './team.page.js';
import { TeamInvites } from './team-invites.service.js';

@Controller('invite/team')
export class TeamController {
  constructor(private readonly invites: TeamInvites) {}

  @Get()
  async show(@Query('name') name: unknown, @Query('done') done: unknown): Promise<string> {
    const team = typed(name);
    if (problemOfName(team) !== undefined) throw new NotFoundException();
    const { invites, hasMore } = await this.invites.of(team);
    if (invites.length === 0) throw new NotFoundException();
    return teamPage({ team, invites, hasMore, done: typed(done) });
  }

  @Post('extend')
  @Redirect()
  async extend(@Body('team') team: unknown, @Body('id') id: unknown) {
    const isExtended = await this.invites.extend(typed(team), typed(id));
    return toTeam(typed(team), isExtended ? 'extended' : 'too-late');
  }

  @Post('end')
  @Redirect()
  async end(@Body('team') team: unknown, @Body('id') id: unknown) {
    await this.invites.end(typed(team), typed(id));
    return toTeam(typed(team), 'ended');
  }

  @Post('end-all')
  @Redirect()
  async endAll(@Body('team') team: unknown) {
    await this.invites.endAll(typed(team));
    return toTeam(typed(team), 'all-ended');
  }
}

function toTeam(team: string, done: string): { url: string; statusCode: number } {
  return { url: teamPath(team, done), statusCode: 303 };
}
