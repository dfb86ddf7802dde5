// The browser half of ReplayWidget: the keys of a player, and below them what every stream shows.

import { systemClock } from "../clock";
import stream, { type InitializeProps, type RenderProps } from "../index";
import type { PlayerModel } from "./playback";
import { Player } from "./player";

export default () => {
  const below = stream();
  return {
    initialize(props: InitializeProps): void {
      below.initialize(props);
    },
    render(props: RenderProps): void {
      if (!props.signal.aborted)
        new Player(props.model as unknown as PlayerModel, props.el, props.signal, systemClock);
      below.render(props);
    },
  };
};
