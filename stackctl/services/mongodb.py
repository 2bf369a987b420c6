"""MongoDB: the official image, and FerretDB behind the same contract as the local one."""

from stackctl.services.base import Driver, Endpoint, Login

DRIVER = Driver(
    name="mongodb",
    images=("mongo", "mongodb", "mongodb-community-server", "stackctl/mongodb"),
    recipe="mongodb",
    endpoints=(Endpoint(27017, "mongodb", label="MongoDB"),),
    login=Login("root", "mongo_root"),
    probe="mongo",
    data=("/data/db",),
)
