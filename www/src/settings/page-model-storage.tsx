import { Button } from "@mantine/core";
import { useState } from "react";
import { announce } from "../app/announcer";
import { Card } from "../app/card";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import { formatBytes } from "../models/model-facts";
import { pageModelBytes, pageModelName } from "../page-model/model-file";

/** Gives the storage of the model in the page back. */
export function PageModelStorage() {
  const { pageModel } = useSession();
  const { status } = useObservable(pageModel.state);
  const [removing, setRemoving] = useState(false);
  if (status !== "ready" && status !== "resting") return null;

  const remove = async () => {
    setRemoving(true);
    await pageModel.remove();
    setRemoving(false);
    announce("The model is removed from this browser.");
  };
  return (
    <Card title="The model in this page">
      <p>
        {pageModelName} takes {formatBytes(pageModelBytes)} of this browser's storage.
      </p>
      <Button variant="default" loading={removing} onClick={() => void remove()}>
        Remove it
      </Button>
    </Card>
  );
}
