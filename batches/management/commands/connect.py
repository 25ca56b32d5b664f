"""`connect VENDOR --name NAME --base-url URL --api-key-env VAR`: an account at a vendor."""

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from batches.actions.connections import save_connection, verify_connection
from batches.errors import SyncError, VendorRefused
from batches.models import Vendor
from batches.sync.vendors import vendor_of


class Command(BaseCommand):
    help = (
        "Creates or updates a connection and verifies its key. The key comes from the environment and is never shown."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("vendor", choices=Vendor.values, metavar="VENDOR", help=", ".join(Vendor.values))
        parser.add_argument("--name", required=True)
        parser.add_argument("--base-url", default="", help="default: the vendor's own")
        parser.add_argument("--api-key-env", required=True, metavar="VAR", help="the variable that holds the key")
        parser.add_argument("--no-verify", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        key = os.environ.get(options["api_key_env"], "").strip()
        if not key:
            raise CommandError(f"The environment variable {options['api_key_env']} is empty.", returncode=2)
        base_url = options["base_url"] or vendor_of(options["vendor"]).default_base_url
        try:
            connection = save_connection(vendor=options["vendor"], name=options["name"], base_url=base_url, api_key=key)
        except VendorRefused as error:
            raise CommandError(str(error), returncode=2) from error
        if options["no_verify"]:
            self.stdout.write(f"{connection.name}: saved, key not verified.")
            return
        try:
            account = verify_connection(connection=connection)
        except SyncError as error:
            raise CommandError(
                f"{connection.name}: saved, but the key did not verify. {error}", returncode=1
            ) from error
        self.stdout.write(f"{connection.name}: saved, the key belongs to {account}.")
